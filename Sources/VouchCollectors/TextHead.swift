import VouchModel

extension Head {
  /// The lines of a text that the head holds whole; the last one only if it is the only one.
  var firstLines: [Substring] {
    guard !text.isEmpty else { return [] }
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    if raw.count >= 4096, lines.count > 1 { lines.removeLast() }
    return lines
  }
}
