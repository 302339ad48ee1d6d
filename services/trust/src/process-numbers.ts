// What one process has counted, as its siblings hear it: a type of its own room, because the world and the metrics both name it.
import type { MetricObject } from 'prom-client';

export type ProcessNumbers = readonly MetricObject[];
