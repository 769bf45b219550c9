import VouchModel

/// Writes an OSCAL document as JSON, from its XML: so both say the same, by construction.
///
/// Knows the part of OSCAL that a package has (oscal-subset.xsd). NIST's JSON differs from the
/// XML in three ways: what may repeat is an array with a name in the plural, an element with
/// nothing but text is a string, and markup is Markdown.
final class OSCALJSON: XMLVisitor {
  /// Converts a document that was found valid.
  static func write(_ xml: String, to sink: any ByteSink) throws {
    let json = OSCALJSON(sink)
    let faults = try XMLPass.read(xml, schema: nil, visitor: json)
    try Validation.refuse(faults, in: xml)
    json.out.append(UInt8(ascii: "\n"))
    json.flush()
    if let error = json.error { throw error }
  }

  /// How an element is written.
  private enum Shape {
    case object, text, markup
    /// An object with the text as its `value`.
    case valued
    /// A paragraph inside markup, and inside a part, where it becomes `prose`.
    case paragraph
  }

  private struct Form {
    let key: String
    let isList: Bool
    let shape: Shape
  }

  private struct Level {
    let name: XMLName
    let shape: Shape
    /// The key last written in this object, and whether its array is still open.
    var key = ""
    var isListOpen = false
    var isEmpty = true
    /// Text of a `text`, `valued` or markup element so far.
    var text: [UInt8] = []
    var paragraphs = 0
  }

  private let sink: any ByteSink
  private var out: [UInt8] = []
  private var levels: [Level] = []
  private var forms: [Pair: Form] = [:]
  private var error: (any Error)?

  private struct Pair: Hashable {
    let parent: XMLName?
    let name: XMLName
  }

  private init(_ sink: any ByteSink) { self.sink = sink }

  func start(_ name: XMLName, _ attributes: XMLAttributes, line: Int) {
    let form = form(name)
    switch form.shape {
    case .paragraph:
      if let top = levels.indices.last {
        levels[top].paragraphs += 1
        if levels[top].paragraphs > 1 { levels[top].text.append(contentsOf: "\n\n".utf8) }
      }
    case .text, .markup: begin(form)
    case .object, .valued:
      begin(form)
      out.append(UInt8(ascii: "{"))
    }
    levels.append(Level(name: name, shape: form.shape))
    if form.shape == .object || form.shape == .valued {
      for index in 0..<attributes.count {
        guard let attribute = attributes.name(index) else { continue }
        key(attribute.text)
        put(attributes.value(index))
      }
    }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let top = levels.indices.last else { return }
    if levels[top].shape != .object, levels[top].shape != .markup {
      levels[top].text.append(contentsOf: bytes)
    }
  }

  func end(_ name: XMLName) {
    let level = levels.removeLast()
    switch level.shape {
    case .paragraph:
      if let top = levels.indices.last { levels[top].text += Markdown.escaped(level.text) }
    case .text, .markup: put(String(decoding: level.text, as: UTF8.self))
    case .object, .valued: close(level)
    }
    if levels.isEmpty { out.append(UInt8(ascii: "}")) }
    if out.count >= 1 << 16 { flush() }
  }

  private func close(_ level: Level) {
    levels.append(level)
    if level.shape == .valued {
      key("value")
      put(String(decoding: level.text, as: UTF8.self))
    } else if level.paragraphs > 0 {
      key("prose")
      put(String(decoding: level.text, as: UTF8.self))
    }
    closeList()
    levels.removeLast()
    out.append(UInt8(ascii: "}"))
  }

  /// Writes key and brackets in front of an element.
  private func begin(_ form: Form) {
    guard let top = levels.indices.last else {
      out.append(UInt8(ascii: "{"))
      out.append(contentsOf: JSONText.quoted(form.key).utf8)
      out.append(UInt8(ascii: ":"))
      return
    }
    if form.isList, levels[top].isListOpen, levels[top].key == form.key {
      out.append(UInt8(ascii: ","))
      return
    }
    key(form.key)
    if form.isList {
      out.append(UInt8(ascii: "["))
      levels[top].isListOpen = true
    }
  }

  private func key(_ name: String) {
    closeList()
    guard let top = levels.indices.last else { return }
    if !levels[top].isEmpty { out.append(UInt8(ascii: ",")) }
    levels[top].isEmpty = false
    levels[top].key = name
    out.append(contentsOf: JSONText.quoted(name).utf8)
    out.append(UInt8(ascii: ":"))
  }

  private func closeList() {
    guard let top = levels.indices.last, levels[top].isListOpen else { return }
    out.append(UInt8(ascii: "]"))
    levels[top].isListOpen = false
  }

  private func put(_ text: String) { out.append(contentsOf: JSONText.quoted(text).utf8) }

  private func flush() {
    do { try sink.write(out) } catch { self.error = self.error ?? error }
    out.removeAll(keepingCapacity: true)
  }

  // MARK: Names

  private func form(_ name: XMLName) -> Form {
    let pair = Pair(parent: levels.last?.name, name: name)
    if let form = forms[pair] { return form }
    let form = Self.form(name.text, in: levels.last?.name.text)
    forms[pair] = form
    return form
  }

  private static func form(_ name: String, in parent: String?) -> Form {
    func list(_ key: String, _ shape: Shape = .object) -> Form {
      Form(key: key, isList: true, shape: shape)
    }
    switch (name, parent) {
    case ("p", _): return Form(key: name, isList: false, shape: .paragraph)
    case ("description", _), ("remarks", _), ("statement", _):
      return Form(key: name, isList: false, shape: .markup)
    case ("title", _), ("last-modified", _), ("version", _), ("oscal-version", _), ("name", _),
      ("start", _), ("end", _), ("collected", _), ("status", "risk"):
      return Form(key: name, isList: false, shape: .text)
    case ("hash", _): return list("hashes", .valued)
    case ("method", _), ("type", _): return list(name + "s", .text)
    case ("party-uuid", _): return list("party-uuids", .text)
    case ("member-of-organization", _): return list("member-of-organizations", .text)
    case ("relevant-evidence", _), ("logged-by", _): return list(name)
    case ("response", _): return list("remediations")
    case ("associated-risk", _): return list("related-risks")
    case ("activity", _): return list("activities")
    case ("associated-activity", _): return list("associated-activities")
    case ("party", _): return list("parties")
    case ("responsible-party", _): return list("responsible-parties")
    case ("entry", _): return list("entries")
    case ("prop", _), ("link", _), ("role", _), ("group", _), ("control", _), ("part", _),
      ("resource", _), ("rlink", _), ("component", _), ("control-selection", _),
      ("include-control", _), ("exclude-control", _), ("assessment-subject", _),
      ("assessment-platform", _), ("uses-component", _), ("task", _),
      ("subject", _), ("include-subject", _), ("result", _), ("related-task", _),
      ("observation", _), ("risk", _), ("finding", _), ("origin", _), ("actor", _),
      ("related-observation", _):
      return list(name + "s")
    default: return Form(key: name, isList: false, shape: .object)
    }
  }
}

/// Markdown in which a text means itself (CommonMark, 2.4: any ASCII punctuation may be escaped).
enum Markdown {
  static func escaped(_ text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    for (index, byte) in text.enumerated() {
      if isMarkup(
        byte, before: index > 0 ? text[index - 1] : nil, after: text[(index + 1)...].first)
        || startsBlock(text, index)
      {
        out.append(UInt8(ascii: "\\"))
      }
      out.append(byte)
    }
    return out
  }

  private static func isMarkup(_ byte: UInt8, before: UInt8?, after: UInt8?) -> Bool {
    switch byte {
    case UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "["),
      UInt8(ascii: "]"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "~"),
      UInt8(ascii: "^"), UInt8(ascii: "{"), UInt8(ascii: "}"):
      true
    // Inside a word an underscore is itself, and names are full of them.
    case UInt8(ascii: "_"): !isWord(before) || !isWord(after)
    case UInt8(ascii: "&"): after == UInt8(ascii: "#") || isWord(after)
    default: false
    }
  }

  /// Whether the byte would make its paragraph a heading or a list.
  private static func startsBlock(_ text: [UInt8], _ index: Int) -> Bool {
    switch text[index] {
    case UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "="): index == 0
    case UInt8(ascii: "."), UInt8(ascii: ")"):
      index > 0 && index < 10 && text[..<index].allSatisfy { (0x30...0x39).contains($0) }
    default: false
    }
  }

  private static func isWord(_ byte: UInt8?) -> Bool {
    switch byte ?? 0 {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
    default: false
    }
  }
}
