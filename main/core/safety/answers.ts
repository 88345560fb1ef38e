// The answers that a question of the guard takes (rule 19).

/**
 * `keep`: both sides get back what one of them lost (conflicts: both copies are kept; markers: both sides are joined, and
 * nothing is removed). `remove`: it is carried out on the other side, too. `later`: the question stays.
 */
export type GuardAnswer = 'keep' | 'remove' | 'later';

export const guardAnswers: readonly GuardAnswer[] = ['keep', 'remove', 'later'];
