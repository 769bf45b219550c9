import VouchModel

/// An element's start tag, for readers of files where a `String` a field is cheap enough.
struct XMLElement: Sendable {
  /// Name without namespace prefix: exporters choose prefixes as they like.
  let name: String
  let prefix: String?
  let attributes: [(name: String, value: String)]
  /// 1-based line where the start tag ends.
  let line: Int

  /// The value of an attribute exactly as written; nil when the element does not have it.
  subscript(_ attribute: String) -> String? {
    attributes.first { $0.name == attribute }?.value
  }

  /// The place of this element in its evidence: `L41`.
  var place: String { "L\(line)" }
}

/// What the reader of an XML file is told, in the file's order.
enum XMLEvent: Sendable {
  case start(XMLElement)
  /// The whole text between two tags, entities resolved. Text of white space only is left out.
  case text(String)
  case end(name: String)
}

extension EvidenceItem {
  /// Streams an XML file as events, in flat memory.
  ///
  ///     try item.xml(format: format, reading) { event in
  ///       switch event {
  ///       case .start(let element) where element.name == "testcase":
  ///         name = element["name"]
  ///       case .text(let text): message += text
  ///       case .end("testcase"): reading.append(record(name, message))
  ///       default: break
  ///       }
  ///     }
  ///
  /// A file that is no XML, is cut off, has a DTD or exceeds a bound is reported to the reading
  /// (`FORMAT.not-xml`, `FORMAT.truncated`, `FORMAT.empty`, `xml.dtd`, `xml.too-large` ...);
  /// what came before was given. Errors that `body` throws end the reading and are thrown.
  ///
  /// - Returns: whether the file was read to its end.
  @discardableResult
  func xml(
    format: String, limits: XMLLimits = XMLLimits(), _ reading: Reading,
    _ body: (XMLEvent) throws -> Void
  ) throws -> Bool {
    try withoutActuallyEscaping(body) { body in
      let stream = XMLStream(self, format: format, limits: limits)
      return try stream.read(reading, EventHandler(stream, body))
    }
  }

  /// Streams an XML file as whole elements of a few names, each with all it contains; only one
  /// is in memory at a time. The easiest way to read a list of results:
  ///
  ///     try item.xml(format: format, each: ["testcase"], reading) { test, ancestors in
  ///       let suite = ancestors.last?["name"]            // <testsuite name="…">
  ///       record["name"] = .text(test["name"])           // <testcase name="…">
  ///       record["message"] = .text(test.text("failure"))   // <failure>…</failure>
  ///       for property in test.at("properties").children("property") { … }
  ///     }
  ///
  /// An element of such a name inside another is part of that one. `ancestors` begins with the
  /// root. Problems are reported as for ``xml(format:limits:_:_:)``; an element that contains
  /// more than `limits.text` bytes of text or a million elements is refused.
  @discardableResult
  func xml(
    format: String, each names: Set<String>, limits: XMLLimits = XMLLimits(), _ reading: Reading,
    _ body: (_ node: XMLNode, _ ancestors: [XMLElement]) throws -> Void
  ) throws -> Bool {
    try withoutActuallyEscaping(body) { body in
      let stream = XMLStream(self, format: format, limits: limits)
      return try stream.read(reading, NodeHandler(stream, names, body))
    }
  }
}

/// An element with everything inside it.
struct XMLNode: Sendable {
  let element: XMLElement
  fileprivate(set) var children: [XMLNode] = []
  /// The text directly inside this element, exactly as written.
  fileprivate(set) var rawText = ""

  var name: String { element.name }
  var line: Int { element.line }
  var place: String { element.place }

  /// The value of an attribute exactly as written; nil when the element does not have it.
  subscript(_ attribute: String) -> String? { element[attribute] }

  /// The text directly inside, outer white space removed; nil when it is empty or one of the
  /// spellings of "none".
  var text: String? {
    let trimmed = rawText.trimmed
    return isNoneSpelling(trimmed) ? nil : trimmed
  }

  /// The first child of a name; an element without content when there is none.
  func at(_ path: String...) -> XMLNode {
    path.reduce(self) { node, name in node.child(name) ?? XMLNode.missing }
  }

  func child(_ name: String) -> XMLNode? { children.first { $0.name == name } }

  func children(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

  /// The ``text`` of a descendant: `result.text("nvt", "name")`.
  func text(_ path: String...) -> String? {
    path.reduce(self) { node, name in node.child(name) ?? XMLNode.missing }.text
  }

  private static let missing = XMLNode(
    element: XMLElement(name: "", prefix: nil, attributes: [], line: 0))

  fileprivate init(element: XMLElement) { self.element = element }
}

extension StringProtocol {
  /// Without white space at either end.
  var trimmed: String {
    // Asking characters for their properties is slow, and nearly all texts need no trimming.
    let whole = String(self)
    if let first = whole.utf8.first, let last = whole.utf8.last, 0x21..<0x7F ~= first,
      0x21..<0x7F ~= last
    {
      return whole
    }
    var text = whole[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}

private final class EventHandler: XMLHandler {
  private let body: (XMLEvent) throws -> Void
  private var text: [UInt8] = []
  private var names: [String] = []

  init(_ stream: XMLStream, _ body: @escaping (XMLEvent) throws -> Void) {
    self.body = body
    super.init(stream)
  }

  override func start(_ tag: XMLTag) {
    flush()
    let element = XMLElement(tag, line: stream.line)
    names.append(element.name)
    send(.start(element))
  }

  override func text(_ bytes: UnsafeBufferPointer<UInt8>) {
    text.append(contentsOf: bytes)
  }

  override func end() {
    flush()
    if let name = names.popLast() { send(.end(name: name)) }
  }

  private func flush() {
    defer { text.removeAll(keepingCapacity: true) }
    if text.allSatisfy(isXMLSpace) { return }
    send(.text(String(decoding: text, as: UTF8.self)))
  }

  private func send(_ event: XMLEvent) {
    if stream.hasStopped { return }
    do { try body(event) } catch { stream.rethrow(error) }
  }
}

private final class NodeHandler: XMLHandler {
  private static let elementLimit = 1_000_000

  private let names: Set<String>
  private let body: (XMLNode, [XMLElement]) throws -> Void
  private var ancestors: [XMLElement] = []
  /// The element being collected and the open ones inside it, outermost first.
  private var nodes: [XMLNode] = []
  private var texts: [[UInt8]] = []
  private var bytes = 0
  private var elements = 0

  init(
    _ stream: XMLStream, _ names: Set<String>,
    _ body: @escaping (XMLNode, [XMLElement]) throws -> Void
  ) {
    self.names = names
    self.body = body
    super.init(stream)
  }

  override func start(_ tag: XMLTag) {
    let element = XMLElement(tag, line: stream.line)
    if nodes.isEmpty, !names.contains(element.name) {
      ancestors.append(element)
      return
    }
    nodes.append(XMLNode(element: element))
    texts.append([])
    elements += 1
    bytes += element.attributes.reduce(0) { $0 + $1.value.utf8.count }
    checkSize()
  }

  override func text(_ part: UnsafeBufferPointer<UInt8>) {
    if nodes.isEmpty { return }
    texts[texts.count - 1].append(contentsOf: part)
    bytes += part.count
    checkSize()
  }

  override func end() {
    guard var node = nodes.popLast(), let text = texts.popLast() else {
      ancestors.removeLast()
      return
    }
    node.rawText = String(decoding: text, as: UTF8.self)
    if !nodes.isEmpty {
      nodes[nodes.count - 1].children.append(node)
      return
    }
    bytes = 0
    elements = 0
    do { try body(node, ancestors) } catch { stream.rethrow(error) }
  }

  private func checkSize() {
    guard bytes > stream.limits.text || elements > Self.elementLimit, let outer = nodes.first
    else { return }
    stream.refuse(
      Diagnostic(
        "xml.too-large", .error, at: stream.item.at("L\(outer.line)"),
        "the element <\(outer.name)> that begins in line \(outer.line) holds more than "
          + "\(stream.limits.text) bytes or \(Self.elementLimit) elements",
        why: "memory is bounded, so the rest of the file is not read and its populations are "
          + "incomplete",
        fix: "look at this line of the export; the bound is in XMLLimits"))
  }
}

private func isXMLSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D
}

extension XMLElement {
  fileprivate init(_ tag: XMLTag, line: Int) {
    name = String(cString: tag.name)
    prefix = tag.prefix.map { String(cString: $0) }
    attributes = (0..<tag.attributeCount).map {
      (
        String(cString: tag.attributeName($0)),
        String(decoding: tag.attributeValue($0), as: UTF8.self)
      )
    }
    self.line = line
  }
}
