/// What a page says in management's voice, in one form: lower case, single spaces, no marks.
struct SpokenText {
  /// Letters, digits and single spaces; a line feed where one block ends and the next begins.
  private(set) var bytes: [UInt8] = []
  private var ids: [(offset: Int, id: String)] = []

  init(plain text: String) {
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 { say(byte) }
  }

  init(html: [UInt8]) {
    bytes.reserveCapacity(html.count / 2)
    html.withUnsafeBufferPointer { source in
      var at = 0
      while at < source.count {
        switch source[at] {
        case UInt8(ascii: "<"):
          var end = at + 1
          while end < source.count, source[end] != UInt8(ascii: ">") { end += 1 }
          let tag = Tag(source: source, range: at + 1..<end)
          at = min(end + 1, source.count)
          read(tag)
          if tag.isSilent { at = Self.end(of: tag, from: at) }
        case UInt8(ascii: "&"):
          at = entity(source, at)
        default:
          say(source[at])
          at += 1
        }
      }
    }
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte) || byte >= 0x80
  }

  /// The id nearest above an offset; empty when there is none.
  func id(before offset: Int) -> String { ids.last { $0.offset <= offset }?.id ?? "" }

  private mutating func say(_ byte: UInt8) {
    switch byte {
    case 65...90: bytes.append(byte + 32)
    case 97...122, 48...57, 0x80...: bytes.append(byte)
    // Apostrophes belong to a word, hyphens part two of them.
    case UInt8(ascii: "'"): break
    default: if let last = bytes.last, last != 0x20, last != 0x0A { bytes.append(0x20) }
    }
  }

  private mutating func pause() {
    if bytes.last == 0x20 { bytes.removeLast() }
    if let last = bytes.last, last != 0x0A { bytes.append(0x0A) }
  }

  /// Notes the tag's id, ends the block, and says what its attributes say.
  private mutating func read(_ tag: Tag) {
    if !tag.isInline { pause() }
    tag.forEachAttribute { name, value in
      switch name {
      case .id: ids.append((bytes.count, String(decoding: value, as: UTF8.self)))
      case .spoken:
        pause()
        for byte in value { say(byte) }
        pause()
      }
    }
  }

  /// Behind the end tag of an element without elements of its own name.
  private static func end(of tag: Tag, from start: Int) -> Int {
    let source = tag.source
    let name = tag.name
    var at = start
    while at + name.count + 2 < source.count {
      if source[at] == UInt8(ascii: "<"), source[at + 1] == UInt8(ascii: "/"),
        Tag.starts(source, at + 2, with: name)
      {
        return at + name.count + 3
      }
      at += 1
    }
    return source.count
  }

  /// Entities stand for marks here, an apostrophe or a sign: none of them is a letter.
  private mutating func entity(_ source: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    var end = at + 1
    while end < min(at + 10, source.count), source[end] != UInt8(ascii: ";") { end += 1 }
    guard end < source.count, source[end] == UInt8(ascii: ";") else {
      say(source[at])
      return at + 1
    }
    let isApostrophe = Tag.starts(source, at + 1, with: Array("#39;".utf8))
    say(isApostrophe ? UInt8(ascii: "'") : 0x20)
    return end + 1
  }
}

/// One tag, from behind its `<` to before its `>`.
private struct Tag {
  enum Attribute {
    case id, spoken
  }

  let source: UnsafeBufferPointer<UInt8>
  let range: Range<Int>

  /// Elements whose content is quoted and not said.
  private static let silent = ["code", "pre", "samp", "q", "style"].map { Array($0.utf8) }
  /// Tags that do not end a sentence.
  private static let inline = [
    "b", "i", "em", "strong", "span", "a", "small", "data", "u", "mark",
  ].map { Array($0.utf8) }
  private static let attributes: [(name: [UInt8], attribute: Attribute)] = [
    (Array("id=\"".utf8), .id), (Array("title=\"".utf8), .spoken),
    (Array("aria-label=\"".utf8), .spoken),
  ]

  var isSilent: Bool { Self.silent.contains { isNamed($0, at: range.lowerBound) } }

  var isInline: Bool {
    let isEnd = !range.isEmpty && source[range.lowerBound] == UInt8(ascii: "/")
    let start = range.lowerBound + (isEnd ? 1 : 0)
    return Self.inline.contains { isNamed($0, at: start) }
  }

  /// The element's name, for a start tag.
  var name: [UInt8] { range.prefix { source[$0] > 0x20 }.map { source[$0] } }

  private func isNamed(_ name: [UInt8], at start: Int) -> Bool {
    guard Self.starts(source, start, with: name) else { return false }
    let next = start + name.count
    return next >= range.upperBound || source[next] <= 0x20
  }

  func forEachAttribute(_ body: (Attribute, Slice<UnsafeBufferPointer<UInt8>>) -> Void) {
    for at in range where source[at] == 0x20 {
      for known in Self.attributes where Self.starts(source, at + 1, with: known.name) {
        let start = at + 1 + known.name.count
        var end = start
        while end < range.upperBound, source[end] != UInt8(ascii: "\"") { end += 1 }
        body(known.attribute, source[start..<max(start, end)])
      }
    }
  }

  static func starts(
    _ source: UnsafeBufferPointer<UInt8>, _ at: Int, with bytes: [UInt8]
  ) -> Bool {
    guard at + bytes.count <= source.count else { return false }
    for index in bytes.indices where source[at + index] != bytes[index] { return false }
    return true
  }
}
