import Foundation

/// Reads a page as strictly as it can be written.
///
/// Browsers repair bad markup, each attack on a checker of HTML is a text that the two repair
/// differently. So nothing is repaired here: what is not plain, well-formed markup of elements
/// on a list is a fault. See the HTML standard, 13.2.5, for what a browser would make of it.
struct HTMLScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let styles: KnownStyles
  private var at = 0
  private var line = 1
  /// Up to where lines have been counted.
  private var counted = 0
  private var captures: [Capture] = []
  private var isStopped = false
  /// Of the tag that is being read.
  private var attributes: [RawAttribute] = []

  /// Both bound what an element may cost.
  private static let attributeLimit = 60
  private static let captureLimit = 8

  /// The text of an element with `data-figure`, while the element is open.
  private struct Capture {
    let key: String
    let value: String?
    let element: PackedName
    let line: Int
    var depth = 1
    var text = ""
  }

  /// - Parameter bytes: of the page; they have to outlive the scanner.
  init(_ bytes: UnsafeBufferPointer<UInt8>, styles: KnownStyles) {
    self.bytes = bytes
    self.styles = styles
    attributes.reserveCapacity(Self.attributeLimit + 1)
  }

  mutating func scan(into page: inout Page) {
    let fault = PlainText.fault(in: bytes)
    guard fault != .encoding, !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
      return stop("encoding", "is no plain UTF-8", &page)
    }
    guard fault == nil else { return stop("malformed", "has control characters", &page) }
    guard hasWord("<!doctype html>") else {
      return stop("malformed", "does not begin with <!DOCTYPE html>", &page)
    }
    at += 15
    while !isStopped, let next = first(UInt8(ascii: "<"), from: at) {
      takeText(upTo: next)
      markup(&page)
    }
    if !isStopped, let open = captures.last {
      stop("malformed", "the figure '\(open.key)' is not closed", &page)
    }
    if !isStopped, !declaresUTF8 {
      stop("encoding", "does not declare UTF-8 in its first 1024 bytes", &page)
    }
  }

  /// Without the declaration a browser guesses, and might guess UTF-7 or UTF-16.
  private var declaresUTF8: Bool {
    String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
      .contains("<meta charset=\"utf-8\"")
  }

  private mutating func stop(_ id: String, _ text: String, _ page: inout Page) {
    isStopped = true
    page.isWhole = false
    fault(id, text, &page)
  }

  private mutating func fault(_ id: String, _ text: String, _ page: inout Page) {
    page.add(Page.Fault(id: id, line: lineNumber(at), text: text))
  }

  /// The line of a place that is not before the one asked for last.
  private mutating func lineNumber(_ place: Int) -> Int {
    let end = min(place, bytes.count)
    if end > counted {
      var found = 0
      for n in counted..<end where bytes[n] == 0x0A { found += 1 }
      line += found
      counted = end
    }
    return line
  }

  /// Where a byte next occurs.
  @inline(__always)
  private func first(_ byte: UInt8, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  private func name(_ range: Range<Int>) -> String {
    String(decoding: bytes[range].map(lowered), as: UTF8.self)
  }

  private func hasWord(_ word: String) -> Bool {
    let count = word.utf8.count
    guard at + count <= bytes.count else { return false }
    return zip(bytes[at..<at + count], word.utf8).allSatisfy { lowered($0) == $1 }
  }

  @inline(__always)
  private func peek(_ ahead: Int = 0) -> UInt8? {
    at + ahead < bytes.count ? bytes[at + ahead] : nil
  }

  private mutating func takeText(upTo next: Int) {
    if !captures.isEmpty {
      let text = CharacterReferences.decodedText(Array(bytes[at..<next])[...])
      for index in captures.indices { captures[index].text += text }
    }
    at = next
  }

  // MARK: Markup

  private mutating func markup(_ page: inout Page) {
    switch peek(1) {
    case UInt8(ascii: "!"): comment(&page)
    case UInt8(ascii: "/"): endTag(&page)
    case let byte? where isLetter(byte): startTag(&page)
    default: stop("malformed", "a '<' begins no tag", &page)
    }
  }

  private mutating func comment(_ page: inout Page) {
    guard hasWord("<!--") else { return stop("malformed", "a '<!' begins no comment", &page) }
    let start = at + 4
    var end = start
    while end + 1 < bytes.count,
      bytes[end] != UInt8(ascii: "-") || bytes[end + 1] != UInt8(ascii: "-")
    {
      end += 1
    }
    let first = start < bytes.count ? bytes[start] : 0
    let isPlain = first != UInt8(ascii: ">") && first != UInt8(ascii: "-")
    guard isPlain, end + 2 < bytes.count, bytes[end + 2] == UInt8(ascii: ">") else {
      return stop("malformed", "a comment does not end plainly", &page)
    }
    at = end + 3
  }

  private mutating func endTag(_ page: inout Page) {
    at += 2
    let name = tagName()
    skipSpace()
    guard name.count > 0, peek() == UInt8(ascii: ">") else {
      return stop("malformed", "an end tag is not plain", &page)
    }
    at += 1
    if captures.isEmpty { return }
    for index in captures.indices where captures[index].element == name {
      captures[index].depth -= 1
    }
    while let last = captures.last, last.depth == 0 {
      page.add(Page.Figure(key: last.key, text: last.text, value: last.value, line: last.line))
      captures.removeLast()
    }
  }

  private mutating func startTag(_ page: inout Page) {
    let place = at
    at += 1
    let start = at
    let name = tagName()
    let written = start..<at
    guard let isClosed = readAttributes(&page) else { return }
    guard let element = HTMLRules.elements[name] else {
      // What follows a script or a frame is not markup, so reading on would mislead.
      let name = self.name(written)
      return stop(
        HTMLRules.scripts.contains(name) ? "script" : "element",
        "has an element <\(name)>, which a page must not have", &page)
    }
    let isVoid = element == .void || isClosed
    if !captures.isEmpty, !isVoid {
      for index in captures.indices where captures[index].element == name {
        captures[index].depth += 1
      }
    }
    if !attributes.isEmpty { examine(element, name, written, isVoid: isVoid, place, &page) }
    if element == .raw { rawText(self.name(written), &page) }
  }

  /// Notes what the attributes of an element say, and what is wrong with them.
  private mutating func examine(
    _ element: HTMLRules.Element, _ name: PackedName, _ written: Range<Int>, isVoid: Bool,
    _ place: Int, _ page: inout Page
  ) {
    if element == .root {
      page.language = value(of: "lang")?.lowercased() ?? ""
    }
    for index in attributes.indices {
      let attribute = attributes[index]
      switch attribute.role {
      case .harmless: continue
      case .figure: openCapture(name, isVoid: isVoid, place, &page)
      case .id:
        if attribute.hasReference {
          page.add(id: value(attribute)) { lineNumber(place) }
        } else {
          page.add(id: UnsafeBufferPointer(rebasing: bytes[attribute.value])) {
            lineNumber(place)
          }
        }
      case .address:
        let key = Page.linkKey(
          UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[attribute.value]),
          name, attribute.packed)
        if page.knows(link: key) { continue }
        let isFine = checkSlowly(attribute, written, place, &page)
        if isFine { page.note(link: key) }
      case .other: _ = checkSlowly(attribute, written, place, &page)
      }
    }
  }

  private mutating func checkSlowly(
    _ attribute: RawAttribute, _ element: Range<Int>, _ place: Int, _ page: inout Page
  ) -> Bool {
    let known = HTMLAttribute(name: name(attribute.name), value: value(attribute))
    let faults = HTMLRules.check(
      name(element), known, line: lineNumber(place), page: &page)
    for fault in faults { page.add(fault) }
    return faults.isEmpty
  }

  /// The value of an attribute of the tag, its references decoded.
  private func value(of name: String) -> String? {
    let packed = PackedName(name)
    return attributes.first { $0.packed == packed }.map { value($0) }
  }

  private func value(_ attribute: RawAttribute) -> String {
    // That it can be decoded was seen when the tag was read.
    attribute.hasReference
      ? CharacterReferences.decodedStrictly(Array(bytes[attribute.value])[...]) ?? ""
      : text(attribute.value)
  }

  private mutating func openCapture(
    _ name: PackedName, isVoid: Bool, _ place: Int, _ page: inout Page
  ) {
    guard let key = value(of: "data-figure") else { return }
    if captures.count >= Self.captureLimit {
      stop("malformed", "figures stand in one another", &page)
    } else if isVoid {
      fault("malformed", "the figure '\(key)' stands on an element without text", &page)
    } else {
      captures.append(
        Capture(key: key, value: value(of: "value"), element: name, line: lineNumber(place)))
    }
  }

  /// The text of `<style>` and `<title>`, which must not contain anything like a tag: inside
  /// SVG a browser would read it as one.
  private mutating func rawText(_ name: String, _ page: inout Page) {
    let start = at
    at = first(UInt8(ascii: "<"), from: at) ?? bytes.count
    guard hasWord("</\(name)") else {
      return stop("malformed", "<\(name)> holds a '<'", &page)
    }
    if name == "style",
      let fault = styles.fault(in: UnsafeBufferPointer(rebasing: bytes[start..<at]))
    {
      self.fault("loads", fault, &page)
    }
  }

  // MARK: Attributes

  @inline(__always)
  private mutating func tagName() -> PackedName {
    var name = PackedName()
    while let byte = peek(), isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") {
      name.append(lowered(byte))
      at += 1
    }
    return name
  }

  @inline(__always)
  private mutating func skipSpace() {
    while let byte = peek(), isSpace(byte) { at += 1 }
  }

  /// Reads the attributes up to the end of the tag; gives whether it ends in `/>`, nil after a
  /// fault.
  private mutating func readAttributes(_ page: inout Page) -> Bool? {
    attributes.removeAll(keepingCapacity: true)
    while true {
      let start = at
      skipSpace()
      switch peek() {
      case UInt8(ascii: ">"):
        at += 1
        return false
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: ">"):
        at += 2
        return true
      case _ where at > start:
        guard let attribute = attribute(&page) else { return nil }
        if attributes.contains(where: { isSame($0, attribute) }) {
          stop("malformed", "an element has '\(name(attribute.name))' twice", &page)
          return nil
        }
        attributes.append(attribute)
        if attributes.count > Self.attributeLimit {
          stop("malformed", "an element has more than \(Self.attributeLimit) attributes", &page)
          return nil
        }
      default:
        stop("malformed", "a tag is not plain", &page)
        return nil
      }
    }
  }

  private func isSame(_ a: RawAttribute, _ b: RawAttribute) -> Bool {
    a.packed == b.packed && (a.packed.count <= 16 || name(a.name) == name(b.name))
  }

  private mutating func attribute(_ page: inout Page) -> RawAttribute? {
    let start = at
    var packed = PackedName()
    while let byte = peek(), isLetter(byte) || isDigit(byte) || isNameMark(byte) {
      packed.append(lowered(byte))
      at += 1
    }
    let written = start..<at
    guard packed.count > 0 else {
      stop("malformed", "a tag has something that is no attribute", &page)
      return nil
    }
    let role = HTMLRules.role(of: packed)
    guard peek() == UInt8(ascii: "=") else {
      return RawAttribute(packed: packed, name: written, value: at..<at, role: role)
    }
    at += 1
    guard let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
      let value = quoted(quote)
    else {
      stop("malformed", "the value of '\(name(written))' is not in quotes", &page)
      return nil
    }
    at = value.range.upperBound + 1
    let raw = RawAttribute(
      packed: packed, name: written, value: value.range, role: role,
      hasReference: value.hasReference)
    if raw.hasReference,
      CharacterReferences.decodedStrictly(Array(bytes[raw.value])[...]) == nil
    {
      stop(
        "malformed", "the value of '\(name(written))' has an '&' that is no plain reference", &page)
      return nil
    }
    return raw
  }

  /// What stands behind the quote here up to the next one.
  @inline(__always)
  private func quoted(_ quote: UInt8) -> (range: Range<Int>, hasReference: Bool)? {
    var end = at + 1
    var hasReference = false
    while end < bytes.count {
      let byte = bytes[end]
      if byte == quote { return (at + 1..<end, hasReference) }
      if byte == UInt8(ascii: "&") { hasReference = true }
      end += 1
    }
    return nil
  }
}

/// An attribute as it stands in the bytes of a page.
private struct RawAttribute {
  let packed: PackedName
  let name: Range<Int>
  /// Between the quotes; empty when there is none.
  let value: Range<Int>
  let role: HTMLRules.Role
  /// Whether the value has an `&`.
  var hasReference = false
}

/// The styles that were found to load nothing. The pages of a package share theirs.
final class KnownStyles {
  private var known: [UInt8] = []

  func fault(in css: UnsafeBufferPointer<UInt8>) -> String? {
    if css.count == known.count, known.elementsEqual(css) { return nil }
    let css = Array(css)
    let fault = CSSRules.fault(in: css[...])
    if fault == nil { known = css }
    return fault
  }
}

struct HTMLAttribute {
  /// In lower case.
  let name: String
  /// With its character references decoded.
  let value: String
}

func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
func isNameMark(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    || byte == UInt8(ascii: ".")
}
func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
