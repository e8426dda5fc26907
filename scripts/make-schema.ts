/** Prints the JSON Schema of YAML start files. */
import { schema } from './schema.ts';

console.log(JSON.stringify(schema, null, 2));
