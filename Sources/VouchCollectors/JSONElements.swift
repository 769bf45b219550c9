import VouchModel

/// One element of an array that is read element by element.
struct JSONElement {
  /// Which of the patterns led here.
  let pattern: Int
  let path: JSONPath
  /// 1-based line where the element begins.
  let line: Int
  let json: JSON

  /// What the `*` of the pattern were: indices, outermost first.
  var indices: [Int] { path.indices }
  /// JSON pointer in the whole file.
  var pointer: String { path.pointer }
}

extension EvidenceItem {
  /// Streams a JSON file as the elements of its large arrays; only one is in memory at a time.
  ///
  ///     try item.json(format: format, each: ["Results/*/Vulnerabilities/*"], reading) { rest in
  ///       artifact = rest["ArtifactName"].text      // everything else
  ///       return true
  ///     } _: { element in
  ///       let target = rest["Results"][element.indices[0]]["Target"]
  ///     }
  ///
  /// A pattern names keys, `*` is any index. An array of elements has one `null` in the rest, or
  /// nothing when it is empty. The file is passed over twice, so that what stands behind an array
  /// is known before its elements are. An element that is no JSON costs itself; a
  /// file that is cut off gives what stands before (`FORMAT.truncated`); any other fault outside
  /// of the elements costs the file (`FORMAT.not-json`).
  ///
  /// - Parameter rest: gets the file without the elements; returns false to leave it at that.
  func json(
    format: String, each patterns: [String], _ reading: Reading,
    rest: (JSON) throws -> Bool, _ body: (JSONElement) throws -> Void
  ) throws {
    let patterns = patterns.map { $0.split(separator: "/").map { JSONPattern.Step(String($0)) } }
    try json(
      format: format, each: patterns.map { JSONPattern(steps: $0) }, reading, rest: rest, body)
  }

  /// The same with patterns whose keys may hold anything.
  func json(
    format: String, each patterns: [JSONPattern], _ reading: Reading,
    rest: (JSON) throws -> Bool, _ body: (JSONElement) throws -> Void
  ) throws {
    var first = JSONSplitter(patterns, keepsSkeleton: true)
    try withDecodedChunks(reading) { try first.feed($0) { _, _, _, _ in } }
    if let fault = first.fault {
      reading.diagnose(
        Diagnostic(
          "\(format).not-json", .error, at: at("L\(first.line)"), fault,
          why: "memory is bounded, so nothing of this file is read",
          fix: "look at this line of the export"))
      return
    }
    guard let whole = parsed(first, format, reading), try rest(whole) else { return }
    var second = JSONSplitter(patterns, keepsSkeleton: false)
    // The first pass has counted the bytes that were replaced.
    let ignored = Reading(self, into: MemorySink())
    try withDecodedChunks(ignored) { chunk in
      try second.feed(chunk) { bytes, pattern, path, line in
        let json: JSON
        do throws(JSONError) {
          json = try JSON.parse(bytes)
        } catch {
          reading.diagnose(.badJSON(format, error, at: self.at("L\(line + error.line - 1)")))
          return
        }
        try body(
          JSONElement(
            pattern: pattern, path: path, line: line, json: json))
      }
    }
  }

  /// The file without its elements; one that is cut off is reported and made whole.
  private func parsed(_ file: JSONSplitter, _ format: String, _ reading: Reading) -> JSON? {
    let text = file.unfinished
    do throws(JSONError) {
      return try JSON.parse(text)
    } catch {
      let line = error.isTruncated ? file.line : file.line(of: error)
      reading.diagnose(.badJSON(format, error, at: at("L\(line)")))
      guard error.isTruncated else { return nil }
      return try? JSON.parse(JSONKeys.completed(text))
    }
  }
}

/// The way to the elements of a JSON file.
struct JSONPattern {
  enum Step: Hashable {
    /// As UTF-8.
    case key([UInt8])
    case index(Int)
    case anyKey
    case anyIndex

    init(_ text: String) { self = text == "*" ? .anyIndex : .key(Array(text.utf8)) }
  }
  let steps: [Step]

  init(steps: [Step]) { self.steps = steps }

  /// The elements of the array at a JSON pointer (RFC 6901). A number in it is an index.
  init(elementsAt pointer: String) {
    let steps = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    self.steps =
      steps.map { step in
        Int(step).map { .index($0) }
          ?? .key(Array(step.replacing("~1", with: "/").replacing("~0", with: "~").utf8))
      } + [.anyIndex]
  }
}

/// Where a value stands in its file.
struct JSONPath {
  enum Step { case key(String), index(Int) }
  var steps: [Step] = []

  var indices: [Int] {
    steps.compactMap { if case .index(let i) = $0 { i } else { nil } }
  }

  /// RFC 6901.
  var pointer: String {
    if steps.count == 1, case .index(let i) = steps[0] { return "/\(i)" }
    return steps.map {
      switch $0 {
      case .key(let key): "/" + JSON.pointerEscaped(key)
      case .index(let i): "/\(i)"
      }
    }.joined()
  }
}
