import { hashBits, latticeValue, wave } from "./noise.ts";

/**
 * The shape of one cycle of 23–27 simulated minutes, the sandbox's stage play for a newcomer: quiet, a jump up over three
 * minutes (each a BUY of quick_test, so that an engine that looks every two minutes meets one as its newest bar), quiet, then by
 * turns a fade that stays above a 2 × ATR stop (SELL by signal) or a plunge through it (stop-loss), then the slow way back.
 */
export interface Cycle {
  /** First simulated minute and the one after the last, counted from the epoch. */
  readonly start: number;
  readonly end: number;
  /** Price level at the start as a multiple of the base, and what the slow waves add each minute. */
  readonly level: number;
  readonly drift: number;
  /** A step of the level that comes with the jump: news. Zero in most cycles. */
  readonly news: number;
  readonly script: Script;
  /** The minute of the plunge; -Infinity in a cycle that fades. */
  readonly plungeAt: number;
  /** Multiplies the volume: trading is heavy on news. */
  readonly activity: number;
}

/** One of the few courses a cycle can take, minute by minute: tables, because years of daily bars are made of them. */
interface Script {
  /** Share of the jump that is done at the close of the minute, 0–1. */
  readonly jumped: Float64Array;
  /** What the close is multiplied with. */
  readonly shape: Float64Array;
  /** Multiplies the volume: jump, fade and plunge are busy. */
  readonly bustle: Float64Array;
}

const JUMP_MINUTES = 3;
const BUSTLE = 2.5;
const JUMP = 0.0057;
const FADE = 0.0022;
/** Minutes a fade stays flat, so that an exit has the time to cancel its stop and sell. */
const FADE_REST = 4;
const PLUNGE_CLOSE = 0.008;

/** Slow waves: lattice step in minutes and amplitude as a fraction of the base price. */
const WAVES = [
  [240, 0.012],
  [2_160, 0.03],
  [17_280, 0.06],
  [115_200, 0.08],
] as const;

/** News: one step in each block of so many cycles, between levels within ± amplitude, with so many times the volume. */
const NEWS = [
  { layer: 11, block: 16, amplitude: 0.02, activity: 6 },
  { layer: 12, block: 800, amplitude: 0.07, activity: 60 },
] as const;

const LENGTH_LAYER = 21;
const PHASE_LAYER = 22;
const PLAN_LAYER = 23;

/** Minutes of every cycle of one symbol. */
export function cycleLength(key: number): number {
  return 23 + (hashBits(key, LENGTH_LAYER, 0) % 5);
}

/** The cycle that `minute` lies in. */
export function cycleAt(key: number, length: number, minute: number): Cycle {
  const phase = hashBits(key, PHASE_LAYER, 0) % (2 * length);
  const index = Math.floor((minute + phase) / length);
  const start = index * length - phase;
  const plan = hashBits(key, PLAN_LAYER, index);
  const jumpAt = 1 + (plan & 3);
  const eventAt = jumpAt + JUMP_MINUTES + 5 + ((plan >>> 2) % 3);
  const plunges = (index & 1) === 1;
  const waves = slowWaves(key, start);
  let level = 1 + waves;
  let news = 0;
  let activity = 1;
  for (const kind of NEWS) {
    const block = Math.floor(index / kind.block);
    const slot = hashBits(key, kind.layer + 100, block) % kind.block;
    const before = kind.amplitude * latticeValue(key, kind.layer, block - 1);
    const after = kind.amplitude * latticeValue(key, kind.layer, block);
    const place = index - block * kind.block;
    level += place > slot ? after : before;
    if (place === slot) {
      news += after - before;
      activity = Math.max(activity, kind.activity);
    }
  }
  return {
    start,
    end: start + length,
    level,
    drift: (slowWaves(key, start + length) - waves) / length,
    news,
    script: scriptFor(length, jumpAt, eventAt, plunges),
    plungeAt: plunges ? start + eventAt : Number.NEGATIVE_INFINITY,
    activity,
  };
}

function slowWaves(key: number, minute: number): number {
  let sum = 0;
  for (let layer = 0; layer < WAVES.length; layer++) {
    const [step, amplitude] = WAVES[layer] ?? WAVES[0];
    sum += amplitude * wave(key, layer, minute / step);
  }
  return sum;
}

/** The price at the close of the cycle's minute `at` (from 0), before its noise, as a multiple of the base price. */
export function levelAt(cycle: Cycle, at: number): number {
  const { drift, level, news, script } = cycle;
  return (level + drift * (at + 1) + news * (script.jumped[at] ?? 0)) * (script.shape[at] ?? 1);
}

const scripts = new Map<number, Script>();

function scriptFor(length: number, jumpAt: number, eventAt: number, plunges: boolean): Script {
  const name = ((length * 64 + jumpAt) * 64 + eventAt) * 2 + (plunges ? 1 : 0);
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const script = writeScript(length, jumpAt, eventAt, plunges);
  scripts.set(name, script);
  return script;
}

function writeScript(length: number, jumpAt: number, eventAt: number, plunges: boolean): Script {
  const minutes = Array.from({ length }, (_, at) => at);
  const jumped = minutes.map((at) => Math.min(Math.max((at + 1 - jumpAt) / JUMP_MINUTES, 0), 1));
  const eventLevel = JUMP - (plunges ? PLUNGE_CLOSE : FADE);
  const restsUntil = plunges ? eventAt : eventAt + FADE_REST;
  const wayBack = (at: number): number => Math.max(at - restsUntil, 0) / (length - 1 - restsUntil);
  return {
    jumped: Float64Array.from(jumped),
    shape: Float64Array.from(
      jumped,
      (done, at) => 1 + (at < eventAt ? JUMP * done : eventLevel * (1 - wayBack(at))),
    ),
    bustle: Float64Array.from(minutes, (at) =>
      (at >= jumpAt && at < jumpAt + JUMP_MINUTES) || at === eventAt ? BUSTLE : 1,
    ),
  };
}
