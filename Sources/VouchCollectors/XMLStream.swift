import CLibxml2
import VouchModel

/// What one XML file may hold at most. Every bound has its own message that names the line.
struct XMLLimits: Sendable {
  /// How a document type declaration is met.
  enum Doctype: Sendable {
    /// Any `<!DOCTYPE` ends the reading.
    case refused
    /// `<!DOCTYPE nmaprun>` and `<!DOCTYPE coverage SYSTEM "…">`, as Nmap and Cobertura write
    /// them, are passed over and never loaded. Declarations inside `[…]` are refused all the same.
    case passedOver
  }

  /// Elements open at the same time.
  var depth = 128
  /// Bytes of text between two tags. Nessus is known to write nearly 1 MB.
  var text = 16 << 20
  /// Bytes of one tag, comment or processing instruction.
  var markup = 1 << 20
  /// Attributes of one element. libxml2 compares each with each.
  var attributes = 256
  /// Namespace declarations in force at the same time.
  var namespaces = 256
  /// Bytes of distinct names, which the parser keeps until the end of the file; libxml2 looks at
  /// this bound when it needs another block, so up to four times as much may be in use.
  var names = 4 << 20
  var doctype = Doctype.refused
}

/// A start tag as libxml2 hands it over. Every pointer is valid during the call only, except
/// `name` and `prefix`, which live as long as the stream and are the same for the same name.
struct XMLTag {
  /// Name without prefix, ends with a zero byte.
  let name: UnsafePointer<UInt8>
  let prefix: UnsafePointer<UInt8>?
  let attributeCount: Int
  /// Five pointers an attribute: name, prefix, namespace, begin and end of the value.
  fileprivate let attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?

  @inline(__always)
  func attributeName(_ i: Int) -> UnsafePointer<UInt8> {
    guard let name = attributes.unsafelyUnwrapped[5 * i] else { return emptyName }
    return name
  }

  @inline(__always)
  func attributeValue(_ i: Int) -> UnsafeBufferPointer<UInt8> {
    let all = attributes.unsafelyUnwrapped
    guard let begin = all[5 * i + 3], let end = all[5 * i + 4] else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: begin, count: end - begin)
  }
}

/// A zero byte that outlives every tag.
private nonisolated(unsafe) let emptyName: UnsafePointer<UInt8> = {
  let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
  byte.pointee = 0
  return UnsafePointer(byte)
}()

/// Receives what an XML file holds without a `String` in between, for files of gigabytes.
///
/// A subclass compares names by pointer with those that ``XMLStream/intern(_:)`` gave it in
/// ``begin(_:)``, and copies what it wants to keep. Everyone else uses
/// ``VouchModel/EvidenceItem/xml(format:limits:_:_:)``.
class XMLHandler {
  func begin(_ stream: XMLStream) {}
  func start(_ tag: XMLTag, _ stream: XMLStream) {}
  /// Part of a text: one text may come in many parts.
  func text(_ bytes: UnsafeBufferPointer<UInt8>, _ stream: XMLStream) {}
  func end(_ stream: XMLStream) {}
}

/// Reads one XML file of any size with libxml2's push parser, in flat memory.
///
/// No DTD, no entity but the five of XML, no network. What is not allowed in XML although
/// exporters write it (bytes that are not UTF-8, control characters) is replaced by U+FFFD or
/// left out, and counted in the reading. The first other error ends the reading; what came
/// before stays.
final class XMLStream {
  let format: String
  let item: EvidenceItem
  let limits: XMLLimits
  private let handler: XMLHandler
  private var context: xmlParserCtxtPtr?
  /// Names of the open elements with the namespaces each declares.
  private var open: [(name: UnsafePointer<UInt8>, namespaces: Int)] = []
  private var namespaces = 0
  private var textSize = 0
  /// Bytes handed to the parser since it last reported anything.
  private var silentBytes = 0
  private var sawRoot = false
  /// Characters that the parser met and left out because XML does not allow them.
  private var droppedCharacters = 0
  private var failure: Failure?
  private var isEnding = false
  private var stopsEarly = false

  private enum Failure: Error {
    case diagnostic(Diagnostic)
    case thrown(any Error)
  }

  init(
    _ item: EvidenceItem, format: String, limits: XMLLimits = XMLLimits(), handler: XMLHandler
  ) {
    self.item = item
    self.format = format
    self.limits = limits
    self.handler = handler
  }

  /// The 1-based line of the tag or text that the handler is being given, where it ends.
  var line: Int { Int(context?.pointee.input?.pointee.line ?? 0) }

  var depth: Int { open.count }

  /// Whether the handler or a fault has ended the reading.
  var hasStopped: Bool { failure != nil || stopsEarly }

  /// The pointer by which ``XMLTag/name`` will give this name.
  func intern(_ name: String) -> UnsafePointer<UInt8>? {
    Array(name.utf8).withUnsafeBufferPointer {
      xmlDictLookup(context?.pointee.dict, $0.baseAddress, Int32($0.count))
    }
  }

  /// Ends the reading from inside the handler, without a fault in the file.
  func stop() {
    stopsEarly = true
    halt()
  }

  /// Ends the reading from inside the handler with a diagnostic.
  func refuse(_ diagnostic: Diagnostic) { fail(.diagnostic(diagnostic)) }

  /// Ends the reading from inside the handler with an error that ``read(_:)`` throws.
  func rethrow(_ error: any Error) { fail(.thrown(error)) }

  /// Reads the file. Problems go to the reading; the result is false when the file was not read
  /// to its end because of one. The handler's own errors are thrown.
  @discardableResult
  func read(_ reading: Reading) throws -> Bool {
    var callbacks = Self.callbacks()
    let context = withUnsafeMutablePointer(to: &callbacks) {
      // Without a first chunk: the encoding is detected when one arrives.
      xmlCreatePushParserCtxt($0, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    }
    guard let context else {
      reading.diagnose(malformed("libxml2 could not begin", line: 0))
      return false
    }
    self.context = context
    defer {
      self.context = nil
      xmlFreeParserCtxt(context)
    }
    // RECOVER, because a character reference like &#27; is an error that costs a character, not
    // the file; every other error is made final in `report`.
    xmlCtxtUseOptions(
      context,
      Int32(XML_PARSE_NONET.rawValue | XML_PARSE_HUGE.rawValue | XML_PARSE_RECOVER.rawValue))
    xmlDictSetLimit(context.pointee.dict, limits.names)
    handler.begin(self)
    var repair = UTF8Repair()
    try item.withChunks { chunk in
      repair.repair(chunk) { feed($0) }
      return failure == nil && !stopsEarly
    }
    if failure == nil, !stopsEarly { repair.finish { feed($0) } }
    if failure == nil, !stopsEarly { finish() }
    reading.replacedBytes += repair.replaced + droppedCharacters
    switch failure {
    case .diagnostic(let diagnostic):
      reading.diagnose(diagnostic)
      return false
    case .thrown(let error): throw error
    case nil: return true
    }
  }

  private func feed(_ bytes: UnsafeRawBufferPointer) {
    guard failure == nil, !stopsEarly, let context, !bytes.isEmpty else { return }
    silentBytes += bytes.count
    xmlParseChunk(
      context, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count), 0)
    // The parser keeps an unfinished tag or comment whole in memory.
    if silentBytes > limits.markup + bytes.count, failure == nil {
      fail(.diagnostic(tooLarge("a tag or comment", limits.markup)))
    }
  }

  private func finish() {
    isEnding = true
    if let context, sawRoot || failure == nil { xmlParseChunk(context, nil, 0, 1) }
    if failure == nil, !open.isEmpty || !sawRoot { fail(.diagnostic(cutOff())) }
  }

  private func fail(_ failure: Failure) {
    if self.failure == nil { self.failure = failure }
    halt()
  }

  /// Lets the parser return without another callback. Unlike `xmlStopParser` this frees nothing
  /// that the parser may still look at.
  private func halt() {
    guard let context else { return }
    context.pointee.disableSAX = 1
    if context.pointee.errNo == 0 { context.pointee.errNo = Int32(XML_ERR_USER_STOP.rawValue) }
  }
}

// MARK: Callbacks

extension XMLStream {
  private static func callbacks() -> xmlSAXHandler {
    var sax = xmlSAXHandler()
    sax.initialized = UInt32(XML_SAX2_MAGIC)
    sax.startElementNs = { user, name, prefix, _, namespaces, _, count, _, attributes in
      XMLStream.from(user)._withUnsafeGuaranteedRef {
        $0.started(name, prefix, Int(namespaces), Int(count), attributes)
      }
    }
    sax.endElementNs = { user, _, _, _ in
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.ended() }
    }
    sax.characters = { user, bytes, count in
      XMLStream.from(user)._withUnsafeGuaranteedRef {
        $0.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
      }
    }
    // The same function, or libxml2 examines every white space.
    sax.ignorableWhitespace = sax.characters
    sax.cdataBlock = sax.characters
    sax.comment = { user, _ in
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.silentBytes = 0 }
    }
    sax.processingInstruction = { user, _, _ in
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.silentBytes = 0 }
    }
    sax.internalSubset = { user, _, _, _ in
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.sawDoctype() }
    }
    sax.entityDecl = { user, _, _, _, _, _ in
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.refuseDTD() }
    }
    sax.reference = { user, _ in
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.refuseEntity() }
    }
    sax.serror = { user, error in
      guard let error = error?.pointee else { return }
      XMLStream.from(user)._withUnsafeGuaranteedRef { $0.report(error) }
    }
    return sax
  }

  @inline(__always)
  private static func from(_ user: UnsafeMutableRawPointer?) -> Unmanaged<XMLStream> {
    Unmanaged<XMLStream>.fromOpaque(user.unsafelyUnwrapped)
  }

  @inline(__always)
  private func started(
    _ name: UnsafePointer<UInt8>?, _ prefix: UnsafePointer<UInt8>?, _ declared: Int, _ count: Int,
    _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
  ) {
    guard let name, failure == nil else { return }
    sawRoot = true
    textSize = 0
    silentBytes = 0
    open.append((name, declared))
    namespaces += declared
    if open.count > limits.depth || count > limits.attributes || namespaces > limits.namespaces {
      fail(.diagnostic(tooMany(attributes: count)))
      return
    }
    handler.start(
      XMLTag(name: name, prefix: prefix, attributeCount: count, attributes: attributes), self)
  }

  @inline(__always)
  private func ended() {
    guard failure == nil else { return }
    textSize = 0
    silentBytes = 0
    handler.end(self)
    if let last = open.popLast() { namespaces -= last.namespaces }
  }

  @inline(__always)
  private func text(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard failure == nil else { return }
    textSize += bytes.count
    silentBytes = 0
    if textSize > limits.text {
      fail(.diagnostic(tooLarge("the text of <\(openName)>", limits.text)))
      return
    }
    handler.text(bytes, self)
  }

  private func sawDoctype() {
    silentBytes = 0
    let next = context?.pointee.input?.pointee.cur?.pointee
    if limits.doctype == .refused || next == UInt8(ascii: "[") { refuseDTD() }
  }

  private var openName: String { open.last.map { String(cString: $0.name) } ?? "" }
}

// MARK: Messages

extension XMLStream {
  private func report(_ error: xmlError) {
    // A prefix without declaration is common in files made by hand; names are compared without it.
    guard error.level == XML_ERR_FATAL, failure == nil else { return }
    let line = Int(error.line)
    switch xmlParserErrors(UInt32(error.code)) {
    case XML_ERR_INVALID_CHAR:
      // `&#27;`: the parser goes on without the character.
      droppedCharacters += 1
    case XML_ERR_DOCUMENT_EMPTY where !sawRoot && isEnding:
      fail(.diagnostic(cutOff()))
    case XML_ERR_INVALID_ENCODING, XML_ERR_UNKNOWN_ENCODING, XML_ERR_UNSUPPORTED_ENCODING,
      XML_I18N_NO_NAME, XML_I18N_NO_HANDLER, XML_I18N_CONV_FAILED:
      fail(.diagnostic(badEncoding(line: line)))
    case XML_ERR_UNDECLARED_ENTITY, XML_ERR_ENTITY_LOOP, XML_WAR_UNDECLARED_ENTITY:
      refuseEntity()
    case XML_ERR_NO_MEMORY:
      fail(.diagnostic(tooLarge("the set of distinct names", limits.names)))
    case _ where isEnding && (!sawRoot || !open.isEmpty):
      fail(.diagnostic(cutOff()))
    default:
      let text = error.message.map { String(cString: $0) } ?? "error \(error.code)"
      fail(.diagnostic(malformed(text, line: line)))
    }
  }

  /// libxml2's own words, without values: what stands between quotation marks may be a secret.
  private func malformed(_ text: String, line: Int) -> Diagnostic {
    let words = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return Diagnostic(
      "\(format).not-xml", .error, at: item.at("L\(line)"),
      "not well-formed XML: \(words.trimmingSuffix(" "))",
      why: "records after this place are missing, so the populations it feeds are incomplete",
      fix: "export it again; a file that was edited or merged by hand needs a look at this line")
  }

  private func cutOff() -> Diagnostic {
    if !sawRoot {
      return Diagnostic(
        "\(format).empty", .error, at: item.label, "the file holds no XML element",
        why: "an export without results still has its root element",
        fix: "export it again and compare the size with the source")
    }
    let path = open.map { "<\(String(cString: $0.name))>" }
    let shown = path.count > 8 ? ["…"] + path.suffix(8) : path
    return Diagnostic(
      "\(format).truncated", .error, at: item.at("L\(line)"),
      "the file is cut off in line \(line): still open are \(shown.joined(separator: " "))",
      why: "records after this place are missing, so the populations it feeds are incomplete",
      fix: "export it again and compare the size with the source")
  }

  private func badEncoding(line: Int) -> Diagnostic {
    Diagnostic(
      "xml.encoding", .error, at: item.at("L\(line)"),
      "the bytes are not in the encoding that the XML declaration names",
      why: "read in another encoding, names and texts would be other than the tool wrote",
      fix: "export it again; a file that a text editor saved keeps its old declaration")
  }

  private func refuseDTD() {
    fail(
      .diagnostic(
        Diagnostic(
          "xml.dtd", .error, at: item.at("L\(line)"), "the file has a document type declaration",
          why: "no export of \(format) has one, and entities declared there could read other "
            + "files or grow without bound",
          fix: "export it again, straight from the tool")))
  }

  private func refuseEntity() {
    fail(
      .diagnostic(
        Diagnostic(
          "xml.entity", .error, at: item.at("L\(line)"),
          "the file refers to an entity other than the five of XML",
          why: "its text stands elsewhere, so what the file says cannot be known from its bytes",
          fix: "export it again, straight from the tool")))
  }

  private func tooLarge(_ what: String, _ limit: Int) -> Diagnostic {
    Diagnostic(
      "xml.too-large", .error, at: item.at("L\(line)"),
      "\(what) in line \(line) is larger than \(limit) bytes",
      why: "memory is bounded, so the rest of the file is not read and its populations are "
        + "incomplete",
      fix: "look at this line of the export; the bound is in XMLLimits")
  }

  private func tooMany(attributes: Int) -> Diagnostic {
    let what =
      open.count > limits.depth
      ? "more than \(limits.depth) elements are open at the same time"
      : attributes > limits.attributes
        ? "an element has more than \(limits.attributes) attributes"
        : "more than \(limits.namespaces) namespaces are declared at the same time"
    return Diagnostic(
      "xml.too-deep", .error, at: item.at("L\(line)"), what,
      why: "no export of \(format) is built like this, and reading it could take hours",
      fix: "export it again, straight from the tool; the bound is in XMLLimits")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ characters: String) -> String {
    var text = self[...]
    while let last = text.last, characters.contains(last) { text.removeLast() }
    return String(text)
  }
}
