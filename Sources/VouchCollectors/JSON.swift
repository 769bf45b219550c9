import VouchModel

extension EvidenceItem {
  /// Bytes of a JSON text that is read as a whole; in memory it takes many times as much.
  /// `options: {max_mb: 1024}` of the source allows more.
  static let wholeJSONLimit = 256 << 20

  /// The evidence as one JSON value; a problem is reported to the reading and nil returned.
  func json(format: String, _ reading: Reading) throws -> JSON? {
    let limit = options["max_mb"].flatMap { Int($0) }.map { min(max($0, 1), 1 << 20) << 20 }
    if size > limit ?? Self.wholeJSONLimit {
      reading.diagnose(.wholeJSONTooLarge(format, size, limit ?? Self.wholeJSONLimit, at: label))
      return nil
    }
    let text = try decodedText(reading)
    do {
      return try JSON.parse(text)
    } catch {
      reading.diagnose(.badJSON(format, error, at: at("L\(error.line)")))
      return nil
    }
  }

  /// The evidence as JSON Lines: `body` gets each value with its 1-based line number.
  ///
  /// Streams. A line that is no JSON is reported and costs itself.
  func jsonLines(
    format: String, _ reading: Reading, _ body: (JSON, Int) throws -> Void
  ) throws {
    try lines(reading) { line, number in
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
      do {
        try body(try JSON.parse(line), number)
      } catch let error as JSONError {
        reading.diagnose(.badJSON(format, error, at: at("L\(number)")))
      }
    }
  }
}

extension Diagnostic {
  fileprivate static func wholeJSONTooLarge(
    _ format: String, _ size: Int, _ limit: Int, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).too-large", .error, at: place,
      "the file has \(size >> 20) MB; one JSON value is read up to \(limit >> 20) MB",
      why: "it has to be in memory as a whole, where it takes many times as much",
      fix:
        "export it in parts or as JSON Lines, or allow more: 'options: {max_mb: 1024}' of the source"
    )
  }

  static func badJSON(_ format: String, _ error: JSONError, at place: String) -> Diagnostic {
    Diagnostic(
      error.isTruncated ? "\(format).truncated" : "\(format).not-json", .error, at: place,
      error.isTruncated ? "\(error.text): the file is cut off" : "not valid JSON: \(error.text)",
      why: "records after this place are missing, so the populations it feeds are incomplete",
      fix: "export it again and compare the size with the source")
  }
}
