import type { Shape } from './service-model.js';

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** The model may fix a format; otherwise the place in the message decides (Smithy, "timestampFormat trait"). */
export function timestampFormat(shape: Shape, otherwise: TimestampFormat): TimestampFormat {
  switch (shape.getSchema()) {
    case 5: return 'date-time';
    case 6: return 'http-date';
    case 7: return 'epoch-seconds';
    default: return otherwise;
  }
}

export function writeTimestamp(value: Date, format: TimestampFormat): string {
  switch (format) {
    case 'date-time': return value.toISOString();
    case 'http-date': return value.toUTCString();
    case 'epoch-seconds': return String(value.getTime() / 1000);
  }
}

/** Reads any of the three forms: clients do not always keep to the model's. */
export function readTimestamp(text: string): Date {
  return /^-?\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
}
