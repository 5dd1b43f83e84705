import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalTime, restAfterSuccess, waitAfterFailure } from '../../../src/acme/pace.ts';

test('waits grow from a minute to a day, and five attempts fall into the first hour', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100].map(
    (failures) => waitAfterFailure(failures, 0, 0.5) / 60_000,
  );
  assert.deepEqual(waits, [1, 5, 15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
});

test('waits differ by a tenth, and an authority may ask for more, up to a week', () => {
  assert.equal(waitAfterFailure(1, 0, 0), 54_000);
  assert.equal(waitAfterFailure(1, 0, 1), 66_000);
  assert.equal(waitAfterFailure(1, 7_200_000, 0), 7_200_000);
  assert.equal(waitAfterFailure(1, 10, 0.5), 60_000, 'but not for less');
  assert.equal(waitAfterFailure(1, Number.MAX_SAFE_INTEGER, 0.5), 7 * 86_400_000);
});

test('a certificate is renewed when two thirds of its life are over, some earlier', () => {
  const life = { notBefore: 1_000, notAfter: 91_000 };
  assert.equal(renewalTime(life, 0), 61_000);
  assert.equal(renewalTime(life, 1), 56_500);
});

test('a certificate that is due as soon as it comes is not replaced at once', () => {
  assert.equal(restAfterSuccess({ notBefore: 0, notAfter: 90 * 86_400_000 }), 3_600_000);
  assert.equal(restAfterSuccess({ notBefore: 0, notAfter: 24_000 }), 2_000);
  assert.equal(restAfterSuccess({ notBefore: 0, notAfter: 0 }), 1_000);
});
