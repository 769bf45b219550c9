/// What is wrong in a line of a document, before a check makes a finding of it.
struct LineFault: Sendable, Hashable, Error {
  /// Without the check's name in front.
  let id: String
  /// 1-based; 0 when no line is to blame.
  let line: Int
  let text: String
}
