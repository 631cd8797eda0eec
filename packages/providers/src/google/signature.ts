/** What Google names for calls that another model made, which have no signature of its own. */
export const FOREIGN_SIGNATURE = 'skip_thought_signature_validator'
