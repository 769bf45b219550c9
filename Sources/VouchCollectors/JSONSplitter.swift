import VouchModel

/// Cuts the elements that patterns name out of JSON text that arrives in pieces.
///
/// It finds where values begin and end, no more; whether the text is JSON is found out by those
/// who parse the pieces.
struct JSONSplitter {
  /// Largest element, in bytes.
  static let elementLimit = 32 << 20
  /// Most of what may stand outside of elements, in bytes.
  static let skeletonLimit = 64 << 20

  private struct Level {
    let isArray: Bool
    /// Patterns that may still lead to an element inside, one bit each.
    let patterns: UInt64
    /// Every value of this array is an element: only the first leaves a trace in the skeleton.
    let isFolded: Bool
    var index = 0
    var key: [UInt8] = []
    var expectsKey: Bool
    var last = Token.none
    enum Token { case none, value, comma }
  }

  private let patterns: [JSONPattern]
  private var levels: [Level] = []
  private var inString = false
  private var isEscaped = false
  /// The string being read is a key, not a value.
  private var isKey = false
  private var isScalar = false

  // The element being cut out.
  private var isCutting = false
  /// Arrays and objects of the element that are open.
  private var cutDepth = 0
  private var cutPattern = 0
  private var cutLine = 0
  private var cutSize = 0
  private var cut: [UInt8] = []

  private(set) var line = 1
  /// Why nothing more is read.
  private(set) var fault: String?
  /// Every byte outside of elements, `null` in place of the first of an array.
  private(set) var skeleton: [UInt8] = []
  /// Where line feeds are left out of the skeleton, and how many.
  private var skips: [(offset: Int, lines: Int)] = []
  private let keepsSkeleton: Bool

  init(_ patterns: [JSONPattern], keepsSkeleton: Bool) {
    self.keepsSkeleton = keepsSkeleton
    self.patterns = patterns
  }

  /// The 1-based line of the file in which the skeleton stopped being JSON.
  func line(of error: JSONError) -> Int {
    error.line + skips.filter { $0.offset <= error.offset }.reduce(0) { $0 + $1.lines }
  }

  /// The skeleton of a file that ends too early, as far as the file went.
  var unfinished: [UInt8] {
    guard let level = levels.last, level.isFolded else { return skeleton }
    return level.last == .comma || isCutting && level.index > 0 ? skeleton + [0x2C] : skeleton
  }

  typealias Found = (_ bytes: [UInt8], _ pattern: Int, _ path: JSONPath, _ line: Int) throws -> Void

  /// Takes more of the text; `found` gets each element as it ends, unless this keeps the
  /// skeleton.
  mutating func feed(_ bytes: ArraySlice<UInt8>, found: Found) throws {
    try bytes.withUnsafeBufferPointer { bytes in
      var at = 0
      while at < bytes.count, fault == nil {
        if isCutting {
          at = try readElement(bytes, from: at, found)
        } else {
          read(bytes[at])
          // A byte that begins an element is the element's.
          if !isCutting { at += 1 }
        }
      }
    }
  }

  // MARK: Inside of an element

  /// Reads on to the end of the element or of the bytes, and gives the place behind.
  private mutating func readElement(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ found: Found
  ) throws -> Int {
    var at = start
    var isWhole = false
    while at < bytes.count, !isWhole {
      if inString {
        at = endOfString(bytes, from: at)
        isWhole = !inString && cutDepth == 0
        continue
      }
      let byte = bytes[at]
      if isScalar {
        if Self.endsScalar(byte) {
          isScalar = false
          isWhole = cutDepth == 0
        } else {
          at += 1
        }
        continue
      }
      at += 1
      switch byte {
      case 0x0A: addLine()
      case 0x22: inString = true
      case 0x7B, 0x5B:
        cutDepth += 1
        if levels.count + cutDepth > JSON.depthLimit {
          fault = "nested more than \(JSON.depthLimit) deep"
          return at
        }
      case 0x7D, 0x5D:
        cutDepth -= 1
        isWhole = cutDepth <= 0
      default: if cutDepth == 0 { isScalar = true }
      }
    }
    cutSize += at - start
    if cutSize > Self.elementLimit {
      fault = "an element that begins in line \(cutLine) is larger than \(Self.elementLimit) bytes"
      return at
    }
    if !keepsSkeleton { cut.append(contentsOf: bytes[start..<at]) }
    if isWhole { try endElement(found) }
    return at
  }

  /// The place behind the quotation mark that ends the string, if it is there.
  private mutating func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var at = start
    if isEscaped {
      isEscaped = false
      at += 1
    }
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      // Letters and the like, which are nearly all, need no second look.
      if byte != 0x22, byte != 0x5C, byte != 0x0A { continue }
      if byte == 0x22 {
        inString = false
        return at
      }
      if byte == 0x5C {
        if at == bytes.count {
          isEscaped = true
          return at
        }
        at += 1
      } else if byte == 0x0A {
        addLine()
      }
    }
    return at
  }

  private mutating func addLine() {
    line += 1
    guard keepsSkeleton else { return }
    if let last = skips.last, last.offset == skeleton.count {
      skips[skips.count - 1].lines += 1
    } else {
      skips.append((skeleton.count, 1))
    }
  }

  private mutating func beginElement(_ pattern: Int) {
    isCutting = true
    cutDepth = 0
    cutPattern = pattern
    cutLine = line
    cutSize = 0
    cut.removeAll(keepingCapacity: true)
    guard let level = levels.indices.last, levels[level].isArray else { return }
    if levels[level].isFolded, levels[level].last == .value {
      fault = "not valid JSON: ',' is missing between the elements of an array"
    }
    levels[level].last = .value
  }

  private mutating func endElement(_ found: Found) throws {
    isCutting = false
    let isFirst = levels.last.map { !$0.isFolded || $0.index == 0 } ?? true
    if keepsSkeleton {
      if isFirst { skeleton.append(contentsOf: "null".utf8) }
      return
    }
    try found(cut, cutPattern, path, cutLine)
  }

  // MARK: Outside of elements

  private mutating func read(_ byte: UInt8) {
    if inString {
      if byte == 0x0A { line += 1 }
      readInString(byte)
      emit(byte)
      return
    }
    if isScalar {
      isScalar = !Self.endsScalar(byte)
      if isScalar {
        emit(byte)
        return
      }
    }
    if levels.last?.isFolded ?? false, readBetween(byte) { return }
    if byte == 0x0A { line += 1 }
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: emit(byte)
    case 0x22:
      isKey = levels.last?.expectsKey ?? false
      if isKey {
        levels[levels.count - 1].key.removeAll(keepingCapacity: true)
      } else if beginsElement() {
        return
      }
      inString = true
      emit(byte)
    case 0x3A:
      if !levels.isEmpty { levels[levels.count - 1].expectsKey = false }
      emit(byte)
    case 0x2C:
      if !levels.isEmpty {
        if levels[levels.count - 1].isArray {
          levels[levels.count - 1].index += 1
        } else {
          levels[levels.count - 1].expectsKey = true
        }
      }
      emit(byte)
    case 0x7B, 0x5B:
      if beginsElement() { return }
      open(isArray: byte == 0x5B)
      emit(byte)
    case 0x7D, 0x5D:
      _ = levels.popLast()
      emit(byte)
    default:
      if beginsElement() { return }
      isScalar = true
      emit(byte)
    }
  }

  /// What stands between the elements of an array leaves no trace; false for anything else.
  private mutating func readBetween(_ byte: UInt8) -> Bool {
    let level = levels.count - 1
    switch byte {
    case 0x0A: addLine()
    case 0x20, 0x09, 0x0D: break
    case 0x2C:
      if levels[level].last != .value {
        fault = "not valid JSON: a value is missing before ','"
      }
      levels[level].last = .comma
      levels[level].index += 1
    case 0x3A, 0x7D: fault = "not valid JSON: an array cannot hold byte \(byte) here"
    case 0x5D:
      if levels[level].last == .comma { fault = "not valid JSON: a value is missing before ']'" }
      return false
    default: return false
    }
    return true
  }

  private mutating func open(isArray: Bool) {
    let inside = continuing
    let isFolded =
      isArray
      && patterns.indices.contains {
        inside & 1 << UInt64($0) != 0 && patterns[$0].steps.count == levels.count + 1
          && patterns[$0].steps.last == .anyIndex
      }
    levels.append(
      Level(isArray: isArray, patterns: inside, isFolded: isFolded, expectsKey: !isArray))
    if levels.count > JSON.depthLimit { fault = "nested more than \(JSON.depthLimit) deep" }
  }

  private mutating func readInString(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == 0x5C {
      isEscaped = true
    } else if byte == 0x22 {
      inString = false
    }
    guard isKey, !levels.isEmpty else { return }
    if inString {
      levels[levels.count - 1].key.append(byte)
    } else if levels[levels.count - 1].key.contains(0x5C) {
      let quoted = [0x22] + levels[levels.count - 1].key + [0x22]
      if let key = (try? JSON.parse(quoted))?.string {
        levels[levels.count - 1].key = Array(key.utf8)
      }
    }
  }

  /// Patterns that the value which begins here continues, one bit each.
  private var continuing: UInt64 {
    guard let level = levels.last else { return ~0 }
    var mask: UInt64 = 0
    for (i, pattern) in patterns.enumerated() where level.patterns & 1 << UInt64(i) != 0 {
      guard pattern.steps.indices.contains(levels.count - 1) else { continue }
      let fits =
        switch pattern.steps[levels.count - 1] {
        case .anyIndex: level.isArray
        case .anyKey: !level.isArray
        case .index(let index):
          level.isArray ? level.index == index : level.key == Array(String(index).utf8)
        case .key(let key): !level.isArray && level.key == key
        }
      if fits { mask |= 1 << UInt64(i) }
    }
    return mask
  }

  /// Begins the element that stands here; false when none does.
  private mutating func beginsElement() -> Bool {
    let mask = continuing
    if mask == 0 { return false }
    for (i, pattern) in patterns.enumerated()
    where mask & 1 << UInt64(i) != 0 && pattern.steps.count == levels.count {
      beginElement(i)
      return true
    }
    return false
  }

  private var path: JSONPath {
    JSONPath(
      steps: levels.map {
        $0.isArray ? .index($0.index) : .key(String(decoding: $0.key, as: UTF8.self))
      })
  }

  private mutating func emit(_ byte: UInt8) {
    guard keepsSkeleton else { return }
    skeleton.append(byte)
    if skeleton.count > Self.skeletonLimit {
      fault = "more than \(Self.skeletonLimit) bytes stand outside of the list"
    }
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5D, 0x7D: true
    default: false
    }
  }
}
