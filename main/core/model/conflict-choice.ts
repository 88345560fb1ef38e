// Answers to a conflict, as the user words them.

/** `this`: the version that has the name; `other`: the one that was set aside. */
export const conflictChoices = ['this', 'other', 'both'] as const;
export type ConflictChoice = (typeof conflictChoices)[number];
