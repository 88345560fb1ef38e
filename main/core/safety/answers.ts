// Answers to a safety question (C19).

/**
 * `keep`: both sides get back what one of them lost (conflicts: both copies are kept; markers: both sides are
 * merged, and nothing is removed). `remove`: the loss is propagated to the other side. `later`: the question
 * stays open.
 */
export type GuardAnswer = 'keep' | 'remove' | 'later';

export const guardAnswers: readonly GuardAnswer[] = ['keep', 'remove', 'later'];
