import { AwsError } from '../../../service.js';

/**
 * DynamoDB's numbers: up to 38 significant decimal digits, magnitudes from 1E-130 to 9.99…E+125, exact arithmetic.
 * Source: "Naming rules and data types" in the DynamoDB developer guide.
 */
export interface Decimal {
  negative: boolean;
  /** Significant digits with no zero at either end; empty for zero. */
  digits: string;
  /** Where the point stands: the value is 0.DIGITS × 10^magnitude. */
  magnitude: number;
}

const maximumDigits = 38;
const maximumMagnitude = 126;
const minimumMagnitude = -129;
const zero: Decimal = { negative: false, digits: '', magnitude: 0 };

/** Reads what a client sent. Throws the ValidationException that DynamoDB gives for text that is no number or too big. */
export function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (!match || whole.length + fraction.length === 0) {
    throw new AwsError('ValidationException', `The parameter cannot be converted to a numeric value: ${text}`);
  }
  return checked(trimmed(match[1] === '-', whole + fraction, whole.length + Number(match[4] ?? 0)));
}

/** The one spelling under which DynamoDB returns a number: plain digits, no exponent, no superfluous zeros. */
export function formatDecimal(value: Decimal): string {
  if (value.digits === '') return '0';
  const sign = value.negative ? '-' : '';
  const { digits, magnitude } = value;
  if (magnitude <= 0) return `${sign}0.${'0'.repeat(-magnitude)}${digits}`;
  if (magnitude >= digits.length) return sign + digits.padEnd(magnitude, '0');
  return `${sign}${digits.slice(0, magnitude)}.${digits.slice(magnitude)}`;
}

export function normaliseNumber(text: string): string {
  // Most numbers are small integers that are already in their canonical spelling.
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(text)) return text;
  return formatDecimal(parseDecimal(text));
}

/** Text whose code-unit order is the numeric order, so that numbers can be sort keys beside strings. */
export function sortableNumber(text: string): string {
  const { negative, digits, magnitude } = parseDecimal(text);
  if (digits === '') return '1';
  const shifted = magnitude + 500;
  if (!negative) return `2${shifted}${digits}`;
  const complement = [...digits].map((digit) => String(9 - Number(digit))).join('');
  // The terminator sorts after every digit: -1.2 is greater than -1.23.
  return `0${999 - shifted}${complement}~`;
}

export function addNumbers(left: string, right: string, subtract = false): string {
  const first = scaled(parseDecimal(left));
  const second = scaled(parseDecimal(right));
  const exponent = Math.min(first.exponent, second.exponent);
  const raised = (value: { coefficient: bigint; exponent: number }): bigint =>
    value.coefficient * 10n ** BigInt(value.exponent - exponent);
  const sum = subtract ? raised(first) - raised(second) : raised(first) + raised(second);
  const magnitudeDigits = (sum < 0n ? -sum : sum).toString();
  return formatDecimal(checked(trimmed(sum < 0n, magnitudeDigits, magnitudeDigits.length + exponent)));
}

function scaled(value: Decimal): { coefficient: bigint; exponent: number } {
  if (value.digits === '') return { coefficient: 0n, exponent: 0 };
  const coefficient = BigInt(value.digits);
  return { coefficient: value.negative ? -coefficient : coefficient, exponent: value.magnitude - value.digits.length };
}

function trimmed(negative: boolean, digits: string, magnitude: number): Decimal {
  const leading = /^0*/.exec(digits)?.[0].length ?? 0;
  const significant = digits.slice(leading).replace(/0+$/, '');
  return significant === '' ? zero : { negative, digits: significant, magnitude: magnitude - leading };
}

function checked(value: Decimal): Decimal {
  if (value.digits === '') return value;
  if (value.magnitude > maximumMagnitude) {
    throw new AwsError('ValidationException', 'Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (value.magnitude < minimumMagnitude) {
    throw new AwsError('ValidationException', 'Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (value.digits.length > maximumDigits) {
    throw new AwsError('ValidationException', 'Attempting to store more than 38 significant digits in a Number');
  }
  return value;
}
