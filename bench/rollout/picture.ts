/** Requests over time with failures marked, a panel for each init, drawn by Apache ECharts on the server. */
import * as echarts from 'echarts';
import { type Plan, isSameCase } from './options.ts';
import { BIN, type Result } from './result.ts';

const WIDTH = 900;
const LEFT = 20;
const RIGHT = 20;
const TOP = 74;
const PANEL = 92;
const PLOT = 60;
const BOTTOM = 30;
const GOOD = '#8ccf9d';
const BAD = '#cf222e';
const INK = '#24292f';
const FAINT = '#6e7781';
const FONT = 'system-ui, sans-serif';

/** Seconds between the lines of the time axis. */
const INTERVAL = 5;

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Panel {
  readonly title: echarts.TitleComponentOption[];
  readonly grid: echarts.GridComponentOption;
  readonly xAxis: echarts.XAXisComponentOption;
  readonly yAxis: echarts.YAXisComponentOption;
  readonly series: echarts.SeriesOption[];
}

const text = (words: string, top: number, more: echarts.TitleComponentOption): echarts.TitleComponentOption => ({
  text: words,
  top,
  left: LEFT,
  padding: 0,
  ...more,
  textStyle: { fontSize: 13, fontFamily: FONT, color: INK, ...more.textStyle },
});

const area = (panel: number, name: string, color: string, data: number[][]): echarts.LineSeriesOption => ({
  type: 'line',
  step: 'end',
  name,
  xAxisIndex: panel,
  yAxisIndex: panel,
  data,
  symbol: 'none',
  lineStyle: { width: 0 },
  itemStyle: { color },
  areaStyle: { color, opacity: 1, origin: 0 },
});

/** A line from the stop of a pod until it is gone, below the requests. */
const stopLine = (panel: number, from: number, to: number, level: number): echarts.LineSeriesOption => ({
  type: 'line',
  name: 'a pod stops',
  xAxisIndex: panel,
  yAxisIndex: panel,
  data: [
    [from, level],
    [to, level],
  ],
  symbol: 'circle',
  symbolSize: 3,
  lineStyle: { color: INK, width: 2 },
  itemStyle: { color: INK },
});

function drawSeries({ bins, pods }: Result, panel: number, { from, to }: Span, step: number): echarts.SeriesOption[] {
  const shown = bins.filter((bin) => bin.from >= from && bin.from < to);
  const points = (count: (bin: Result['bins'][number]) => number): number[][] =>
    shown.map((bin) => [bin.from, count(bin) / BIN]);
  return [
    // What failed is what the second area leaves of the first.
    area(
      panel,
      'failed',
      BAD,
      points(({ answered, failed }) => answered + failed),
    ),
    area(
      panel,
      'answered',
      GOOD,
      points(({ answered }) => answered),
    ),
    ...pods.map(({ stop, end }, at) => stopLine(panel, stop, end, -step * (at + 1))),
  ];
}

function drawPanel(result: Result, panel: number, span: Span, isLast: boolean): Panel {
  const { plan, score, pods, bins, length } = result;
  const peak = Math.max(...bins.map(({ answered, failed }) => answered + failed)) / BIN;
  const top = TOP + panel * PANEL + 20;
  const step = peak / Math.max(8, pods.length * 2);
  const lost = `${score.failed.toLocaleString('en')} of ${score.requests.toLocaleString('en')} lost`;
  const color = score.failed > 0 ? BAD : INK;
  return {
    title: [
      text(plan.subject.label, top - 18, {}),
      text(`${lost}, all old pods gone after ${length.toFixed(1)} s`, top - 18, {
        left: WIDTH - RIGHT,
        textAlign: 'right',
        textStyle: { fontWeight: 'normal', color },
      }),
    ],
    grid: { left: LEFT, right: RIGHT, top, height: PLOT },
    xAxis: {
      type: 'value',
      gridIndex: panel,
      min: span.from,
      max: span.to,
      interval: INTERVAL,
      axisLine: { onZero: true, lineStyle: { color: FAINT } },
      axisTick: { show: false },
      axisLabel: {
        show: isLast,
        margin: 24,
        color: FAINT,
        fontFamily: FONT,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: '{value} s',
      },
      splitLine: { show: true, lineStyle: { color: '#d8dee4' } },
    },
    yAxis: { type: 'value', gridIndex: panel, min: -step * (pods.length + 1), max: peak, show: false },
    series: drawSeries(result, panel, span, step),
  };
}

/** The first run of each init under the conditions of the first result. */
function chooseResults(results: readonly Result[]): readonly Result[] {
  const [first] = results;
  const alike = results.filter(({ plan }) => first !== undefined && isSameCase(plan, first.plan));
  return [...Map.groupBy(alike, ({ plan }) => plan.subject.name).values()].flatMap(([one]) => one ?? []);
}

const describe = ({ replicas, balancer, lag }: Plan): string =>
  `A rolling update of ${replicas} pods behind ${balancer}, which hears of each change ${lag} s late`;

export function drawRollouts(results: readonly Result[]): string {
  const chosen = chooseResults(results);
  const longest = Math.max(...chosen.map(({ length }) => length));
  const span = { from: 0, to: Math.ceil((longest + 1) / INTERVAL) * INTERVAL };
  const panels = chosen.map((result, panel) => drawPanel(result, panel, span, panel === chosen.length - 1));
  const height = TOP + panels.length * PANEL + BOTTOM;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: [
      ...chosen.slice(0, 1).map(({ plan }) => text(describe(plan), 12, { textStyle: { fontSize: 15 } })),
      ...panels.flatMap(({ title }) => title),
    ],
    legend: {
      data: ['answered', 'failed', 'a pod stops'],
      left: LEFT,
      top: 38,
      padding: 0,
      textStyle: { fontFamily: FONT },
    },
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.flatMap(({ series }) => series),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
