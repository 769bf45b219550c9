import VouchModel

/// One element of an array that is read element by element.
struct JSONElement {
  /// Which of the patterns led here.
  let pattern: Int
  /// What the `*` of the pattern were: indices, outermost first.
  let indices: [Int]
  /// JSON pointer in the whole file.
  let pointer: String
  /// 1-based line where the element begins.
  let line: Int
  let json: JSON
}

extension EvidenceItem {
  /// Streams a JSON file as the elements of its large arrays; only one is in memory at a time.
  ///
  ///     try item.json(format: format, each: ["Results/*/Vulnerabilities/*"], reading) { rest in
  ///       artifact = rest["ArtifactName"].text      // everything else, elements are null there
  ///       return true
  ///     } _: { element in
  ///       let target = rest["Results"][element.indices[0]]["Target"]
  ///     }
  ///
  /// A pattern names keys, `*` is any index. The file is passed over twice, so that what stands
  /// behind an array is known before its elements are. An element that is no JSON costs itself; a
  /// file that is cut off gives what stands before (`FORMAT.truncated`); any other fault outside
  /// of the elements costs the file (`FORMAT.not-json`).
  ///
  /// - Parameter rest: gets the file without the elements; returns false to leave it at that.
  func json(
    format: String, each patterns: [String], _ reading: Reading,
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
    guard let whole = parsed(first.skeleton, format, reading), try rest(whole) else { return }
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
            pattern: pattern, indices: path.indices, pointer: path.pointer, line: line, json: json))
      }
    }
  }

  /// The file without its elements; one that is cut off is reported and made whole.
  private func parsed(_ skeleton: [UInt8], _ format: String, _ reading: Reading) -> JSON? {
    do throws(JSONError) {
      return try JSON.parse(skeleton)
    } catch {
      reading.diagnose(.badJSON(format, error, at: at("L\(error.line)")))
      guard error.isTruncated else { return nil }
      return try? JSON.parse(JSONKeys.completed(skeleton))
    }
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
    steps.map {
      switch $0 {
      case .key(let key): "/" + JSON.pointerEscaped(key)
      case .index(let i): "/\(i)"
      }
    }.joined()
  }
}

/// Cuts the elements that patterns name out of JSON text that arrives in pieces.
///
/// It finds where values begin and end, no more; whether the text is JSON is found out by those
/// who parse the pieces.
private struct JSONSplitter {
  /// Largest element, in bytes.
  static let elementLimit = 32 << 20

  private struct Level {
    let isArray: Bool
    /// Patterns that may still lead to an element inside, one bit each.
    let patterns: UInt64
    var index = 0
    var key: [UInt8] = []
    var expectsKey: Bool
  }

  private let patterns: [[String]]
  private var levels: [Level] = []
  private var inString = false
  private var isEscaped = false
  /// The string being read is a key, not a value.
  private var isKey = false
  private var isScalar = false
  /// Level count at which the element being cut out began; nil outside of one.
  private var cutDepth: Int?
  private var cutPattern = 0
  private var cutLine = 0
  private var cut: [UInt8] = []
  private(set) var line = 1
  /// Why nothing more is read.
  private(set) var fault: String?
  /// Every byte outside of elements, `null` in place of each, and all line feeds.
  private(set) var skeleton: [UInt8] = []
  private let keepsSkeleton: Bool

  init(_ patterns: [String], keepsSkeleton: Bool) {
    self.keepsSkeleton = keepsSkeleton
    self.patterns = patterns.map { $0.split(separator: "/").map(String.init) }
  }

  typealias Found = (_ bytes: [UInt8], _ pattern: Int, _ path: JSONPath, _ line: Int) throws -> Void

  /// Takes more of the text; `found` gets each element as it ends.
  mutating func feed(_ bytes: ArraySlice<UInt8>, found: Found) throws {
    for byte in bytes {
      if fault != nil { return }
      if byte == 0x0A { line += 1 }
      if inString {
        readInString(byte)
        emit(byte)
        if !inString, !isKey { try endValue(found) }
        continue
      }
      // A number or word ends where something else begins.
      if isScalar, !isScalarByte(byte) {
        isScalar = false
        try endValue(found)
      }
      try read(byte, found)
    }
  }

  private mutating func readInString(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      inString = false
    }
    if isKey, inString, !levels.isEmpty { levels[levels.count - 1].key.append(byte) }
  }

  private mutating func read(_ byte: UInt8, _ found: Found) throws {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: emit(byte)
    case UInt8(ascii: "\""):
      isKey = levels.last?.expectsKey ?? false
      if isKey {
        levels[levels.count - 1].key.removeAll(keepingCapacity: true)
      } else {
        beginValue()
      }
      inString = true
      emit(byte)
    case UInt8(ascii: ":"):
      if !levels.isEmpty { levels[levels.count - 1].expectsKey = false }
      emit(byte)
    case UInt8(ascii: ","):
      if !levels.isEmpty {
        if levels[levels.count - 1].isArray {
          levels[levels.count - 1].index += 1
        } else {
          levels[levels.count - 1].expectsKey = true
        }
      }
      emit(byte)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      beginValue()
      let isArray = byte == UInt8(ascii: "[")
      let inside = cutDepth == nil ? continuing : 0
      levels.append(Level(isArray: isArray, patterns: inside, expectsKey: !isArray))
      if levels.count > JSON.depthLimit { fault = "nested more than \(JSON.depthLimit) deep" }
      emit(byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = levels.popLast()
      emit(byte)
      try endValue(found)
    default:
      if !isScalar {
        beginValue()
        isScalar = true
      }
      emit(byte)
    }
  }

  /// Patterns that the value which begins here continues, one bit each.
  private var continuing: UInt64 {
    guard let level = levels.last else { return ~0 }
    var mask: UInt64 = 0
    for (i, pattern) in patterns.enumerated() where level.patterns & 1 << UInt64(i) != 0 {
      let step = pattern.indices.contains(levels.count - 1) ? pattern[levels.count - 1] : nil
      let fits = level.isArray ? step == "*" : step.map { Array($0.utf8) == level.key } ?? false
      if fits { mask |= 1 << UInt64(i) }
    }
    return mask
  }

  private mutating func beginValue() {
    guard cutDepth == nil else { return }
    let mask = continuing
    guard mask != 0 else { return }
    for (i, pattern) in patterns.enumerated()
    where mask & 1 << UInt64(i) != 0 && pattern.count == levels.count {
      cutDepth = levels.count
      cutPattern = i
      cutLine = line
      cut.removeAll(keepingCapacity: true)
      return
    }
  }

  private mutating func endValue(_ found: Found) throws {
    guard let depth = cutDepth, depth == levels.count else { return }
    cutDepth = nil
    if keepsSkeleton { skeleton.append(contentsOf: "null".utf8) }
    try found(cut, cutPattern, path, cutLine)
  }

  private var path: JSONPath {
    JSONPath(
      steps: levels.map {
        $0.isArray ? .index($0.index) : .key(String(decoding: $0.key, as: UTF8.self))
      })
  }

  private mutating func emit(_ byte: UInt8) {
    let isInside = cutDepth != nil
    if keepsSkeleton, !isInside || byte == 0x0A { skeleton.append(byte) }
    guard isInside else { return }
    cut.append(byte)
    if cut.count > Self.elementLimit {
      fault = "an element that begins in line \(cutLine) is larger than \(Self.elementLimit) bytes"
    }
  }

  private func isScalarByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): false
    default: true
    }
  }
}
