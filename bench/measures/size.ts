import { statSync } from 'node:fs';
import { type Measure, atMost } from '../row.ts';

export const size: Measure = {
  name: 'size',
  measure: async (inits) => {
    const values = new Map(inits.map(({ name, file }) => [name, statSync(file).size]));
    return [{ what: 'binary', unit: 'bytes', budget: atMost(1, 'tini-static'), values }];
  },
};
