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

/// A part of an XML file that is a document of its own once it has a beginning and an end.
struct XMLPart: Sendable {
  var range = 0..<Int.max
  /// What stands in for the file before the part and after it; without line feeds.
  var before: [UInt8] = []
  var after: [UInt8] = []
  /// Line feeds of the file before the part.
  var linesBefore = 0
  /// Whether another thread may read ahead, when the part is large.
  var readsAhead = true

  /// The bytes of `read` between those before and after.
  fileprivate func framed(
    _ read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
  ) -> (UnsafeMutableRawBufferPointer) throws -> Int {
    if before.isEmpty, after.isEmpty { return read }
    var before = before[...]
    var after = after[...]
    func take(_ bytes: inout ArraySlice<UInt8>, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
      let piece = bytes.prefix(buffer.count)
      buffer.copyBytes(from: piece)
      bytes = bytes.dropFirst(piece.count)
      return piece.count
    }
    return { buffer in
      if !before.isEmpty { return take(&before, buffer) }
      let count = try read(buffer)
      return count > 0 ? count : take(&after, buffer)
    }
  }
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
/// ``begin()``, and copies what it wants to keep. Everyone else uses
/// ``VouchModel/EvidenceItem/xml(format:limits:_:_:)``.
class XMLHandler {
  /// The stream that is being read; only to be used while it is.
  fileprivate(set) unowned(unsafe) final var stream: XMLStream

  init(_ stream: XMLStream) { self.stream = stream }

  func begin() {}
  func start(_ tag: XMLTag) {}
  /// Part of a text: one text may come in many parts. Not called while ``XMLStream/capture`` is
  /// set or ``XMLStream/ignoresText`` is true.
  func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
  func end() {}
}

/// What the callbacks need, behind a pointer: they run tens of millions of times, and access to
/// an object's property is checked at run time every time.
private struct XMLState {
  var context: xmlParserCtxtPtr?
  var handler: Unmanaged<XMLHandler>
  var stream: Unmanaged<XMLStream>
  var input: Unmanaged<XMLInput>?
  var capture: UnsafeMutablePointer<ByteBuffer>?
  /// How many bytes the buffer may hold with the text that is being captured.
  var captureLimit = 0
  var lastCaptured = 0
  var ignoresText = false
  /// Names of the open elements and how many namespaces each declares.
  let open: UnsafeMutablePointer<(name: UnsafePointer<UInt8>, namespaces: Int)>
  var depth = 0
  var namespaces = 0
  var textSize = 0
  /// Bytes handed to the parser since it last reported anything.
  var silentBytes = 0
  var sawRoot = false
  /// After a fault or a stop no callback does anything.
  var hasStopped = false
  let markupLimit: Int
  let textLimit: Int
  let depthLimit: Int
  let attributeLimit: Int
  let namespaceLimit: Int
}

/// Reads one XML file of any size with libxml2's SAX2 parser, in flat memory.
///
/// No DTD, no entity but the five of XML, no network. What is not allowed in XML although
/// exporters write it (bytes that are not UTF-8, control characters) is replaced by U+FFFD or
/// left out, and counted in the reading. The first other error ends the reading; what came
/// before stays.
final class XMLStream {
  let format: String
  let item: EvidenceItem
  let limits: XMLLimits
  let part: XMLPart
  private let state: UnsafeMutablePointer<XMLState>
  /// Characters that the parser met and left out because XML does not allow them.
  private var droppedCharacters = 0
  private var failure: Failure?

  private enum Failure: Error {
    case diagnostic(Diagnostic)
    case thrown(any Error)
  }

  init(
    _ item: EvidenceItem, format: String, limits: XMLLimits = XMLLimits(),
    part: XMLPart = XMLPart()
  ) {
    self.item = item
    self.format = format
    self.limits = limits
    self.part = part
    state = .allocate(capacity: 1)
  }

  deinit { state.deallocate() }

  /// The 1-based line of the tag or text that the handler is being given, where it ends.
  var line: Int { parserLine + part.linesBefore }

  /// The same, counted from the beginning of the ``part``.
  var parserLine: Int { Int(state.pointee.context?.pointee.input?.pointee.line ?? 0) }

  var depth: Int { state.pointee.depth }

  /// Whether the handler or a fault has ended the reading.
  var hasStopped: Bool { state.pointee.hasStopped }

  /// Where text goes instead of to the handler; nil for the handler.
  var capture: UnsafeMutablePointer<ByteBuffer>? {
    @inline(__always) get { state.pointee.capture }
    @inline(__always) set {
      state.pointee.capture = newValue
      if let newValue {
        state.pointee.captureLimit = newValue.pointee.count &+ state.pointee.textLimit
      }
    }
  }

  /// Whether text that is not captured is left out.
  var ignoresText: Bool {
    @inline(__always) get { state.pointee.ignoresText }
    @inline(__always) set { state.pointee.ignoresText = newValue }
  }

  /// The pointer by which ``XMLTag/name`` will give this name.
  func intern(_ name: String) -> UnsafePointer<UInt8>? {
    Array(name.utf8).withUnsafeBufferPointer {
      xmlDictLookup(state.pointee.context?.pointee.dict, $0.baseAddress, Int32($0.count))
    }
  }

  /// Ends the reading from inside the handler, without a fault in the file.
  func stop() {
    // Unlike `xmlStopParser` this frees nothing that the parser may still look at.
    state.pointee.hasStopped = true
    guard let context = state.pointee.context else { return }
    context.pointee.disableSAX = 1
    if context.pointee.errNo == 0 { context.pointee.errNo = Int32(XML_ERR_USER_STOP.rawValue) }
  }

  /// Ends the reading from inside the handler with a diagnostic.
  func refuse(_ diagnostic: Diagnostic) { fail(.diagnostic(diagnostic)) }

  /// Ends the reading from inside the handler with an error that ``read(_:_:)`` throws.
  func rethrow(_ error: any Error) { fail(.thrown(error)) }

  /// Reads the file once. Problems go to the reading; the result is false when the file was not
  /// read to its end because of one. The handler's own errors are thrown.
  @discardableResult
  func read(_ reading: Reading, _ handler: XMLHandler) throws -> Bool {
    let outcome = try read(handler)
    reading.replacedBytes += outcome.replacedBytes
    outcome.problem.map(reading.diagnose)
    return outcome.problem == nil
  }

  /// Reads the part once: what ended the reading before the part's end, if anything did, and how
  /// many bytes were replaced. The handler's own errors are thrown.
  func read(_ handler: XMLHandler) throws -> (problem: Diagnostic?, replacedBytes: Int) {
    let open = UnsafeMutablePointer<(name: UnsafePointer<UInt8>, namespaces: Int)>.allocate(
      capacity: limits.depth + 1)
    defer { open.deallocate() }
    state.initialize(
      to: XMLState(
        handler: .passUnretained(handler), stream: .passUnretained(self), open: open,
        markupLimit: limits.markup, textLimit: limits.text, depthLimit: limits.depth,
        attributeLimit: limits.attributes,
        namespaceLimit: limits.namespaces))
    var replaced = 0
    try withExtendedLifetime((self, handler)) {
      try item.withReader(part.range) { read in
        replaced = try parse(
          XMLInput(part.framed(read), readsAhead: part.readsAhead && item.size > 8 << 20), handler)
      }
    }
    switch failure {
    case .diagnostic(let diagnostic): return (diagnostic, replaced)
    case .thrown(let error): throw error
    case nil: return (nil, replaced)
    }
  }

  private func parse(_ input: XMLInput, _ handler: XMLHandler) throws -> Int {
    state.pointee.input = .passUnretained(input)
    var callbacks = Self.callbacks()
    let context = xmlCreateIOParserCtxt(
      &callbacks, state, { XMLState.at($0).fill($1, Int($2)) }, nil, state, XML_CHAR_ENCODING_NONE)
    guard let context else {
      // Without a single byte libxml2 does not begin.
      _ = try input.finish()
      fail(.diagnostic(cutOff()))
      return 0
    }
    state.pointee.context = context
    defer {
      state.pointee.context = nil
      xmlFreeParserCtxt(context)
    }
    // RECOVER, because a character reference like &#27; is an error that costs a character, not
    // the file; every other error is made final in `report`.
    xmlCtxtUseOptions(
      context,
      Int32(XML_PARSE_NONET.rawValue | XML_PARSE_HUGE.rawValue | XML_PARSE_RECOVER.rawValue))
    xmlDictSetLimit(context.pointee.dict, limits.names)
    handler.begin()
    xmlParseDocument(context)
    let replaced = try input.finish() + droppedCharacters
    if !hasStopped, depth > 0 || !state.pointee.sawRoot { fail(.diagnostic(cutOff())) }
    return replaced
  }

  private func fail(_ failure: Failure) {
    if self.failure == nil, !hasStopped { self.failure = failure }
    stop()
  }
}

// MARK: Callbacks

extension XMLStream {
  private static func callbacks() -> xmlSAXHandler {
    var sax = xmlSAXHandler()
    sax.initialized = UInt32(XML_SAX2_MAGIC)
    sax.startElementNs = { user, name, prefix, _, namespaces, _, count, _, attributes in
      let state = XMLState.at(user)
      guard state.enter(name, Int(namespaces), Int(count)), let name else { return }
      let tag = XMLTag(
        name: name, prefix: prefix, attributeCount: Int(count), attributes: attributes)
      state.pointee.handler._withUnsafeGuaranteedRef { $0.start(tag) }
    }
    sax.endElementNs = { user, _, _, _ in
      let state = XMLState.at(user)
      if state.pointee.hasStopped { return }
      state.pointee.handler._withUnsafeGuaranteedRef { $0.end() }
      state.leave()
    }
    sax.characters = { user, bytes, count in
      let state = XMLState.at(user)
      let text = UnsafeBufferPointer(start: bytes, count: Int(count))
      if let capture = state.pointee.capture {
        capture.pointee.append(text)
        if capture.pointee.count > state.pointee.captureLimit { state.stream.refuseText() }
        return
      }
      guard state.takes(text.count) else { return }
      state.pointee.handler._withUnsafeGuaranteedRef { $0.text(text) }
    }
    // The same function, or libxml2 examines every white space.
    sax.ignorableWhitespace = sax.characters
    sax.cdataBlock = sax.characters
    sax.comment = { user, _ in XMLState.at(user).pointee.silentBytes = 0 }
    sax.processingInstruction = { user, _, _ in XMLState.at(user).pointee.silentBytes = 0 }
    sax.internalSubset = { user, _, _, _ in XMLState.at(user).stream.sawDoctype() }
    sax.entityDecl = { user, _, _, _, _, _ in XMLState.at(user).stream.refuseDTD() }
    sax.reference = { user, _ in XMLState.at(user).stream.refuseEntity() }
    sax.serror = { user, error in
      guard let error = error?.pointee else { return }
      XMLState.at(user).stream.report(error)
    }
    return sax
  }

  private func sawDoctype() {
    state.pointee.silentBytes = 0
    let next = state.pointee.context?.pointee.input?.pointee.cur?.pointee
    if limits.doctype == .refused || next == UInt8(ascii: "[") { refuseDTD() }
  }
}

extension XMLState {
  @inline(__always)
  static func at(_ user: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<XMLState> {
    user.unsafelyUnwrapped.assumingMemoryBound(to: XMLState.self)
  }
}

extension UnsafeMutablePointer<XMLState> {
  fileprivate var stream: XMLStream { pointee.stream.takeUnretainedValue() }

  /// Gives the parser its next bytes; 0 ends its work.
  fileprivate func fill(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int32 {
    guard let bytes, let input = pointee.input, !pointee.hasStopped else { return 0 }
    let captured = pointee.capture?.pointee.count ?? 0
    if captured != pointee.lastCaptured {
      pointee.lastCaptured = captured
      pointee.silentBytes = 0
    }
    // The parser keeps an unfinished tag or comment whole in memory.
    if pointee.silentBytes > pointee.markupLimit {
      stream.refuseMarkup()
      return 0
    }
    pointee.silentBytes += count
    let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: count)
    return Int32(input._withUnsafeGuaranteedRef { $0.read(into: buffer) })
  }

  /// Opens an element; false when that is not allowed or the reading has stopped.
  @inline(__always)
  fileprivate func enter(_ name: UnsafePointer<UInt8>?, _ namespaces: Int, _ attributes: Int)
    -> Bool
  {
    guard let name, !pointee.hasStopped else { return false }
    pointee.sawRoot = true
    pointee.textSize = 0
    pointee.silentBytes = 0
    pointee.open[pointee.depth] = (name, namespaces)
    pointee.depth &+= 1
    pointee.namespaces &+= namespaces
    if pointee.depth > pointee.depthLimit || attributes > pointee.attributeLimit
      || pointee.namespaces > pointee.namespaceLimit
    {
      stream.refuseTooMany(attributes: attributes)
      return false
    }
    return true
  }

  @inline(__always)
  fileprivate func leave() {
    pointee.textSize = 0
    pointee.silentBytes = 0
    pointee.depth &-= 1
    pointee.namespaces &-= pointee.open[pointee.depth].namespaces
  }

  /// Counts text for the handler; false when there is too much of it or nobody wants it.
  @inline(__always)
  fileprivate func takes(_ count: Int) -> Bool {
    pointee.silentBytes = 0
    if pointee.hasStopped || pointee.ignoresText { return false }
    pointee.textSize &+= count
    if pointee.textSize > pointee.textLimit {
      stream.refuseText()
      return false
    }
    return true
  }
}

// MARK: Messages

extension XMLStream {
  private func report(_ error: xmlError) {
    // A prefix without declaration is common in files made by hand; names are compared without it.
    guard error.level == XML_ERR_FATAL, !hasStopped else { return }
    let sawRoot = state.pointee.sawRoot
    let line = Int(error.line) + part.linesBefore
    switch xmlParserErrors(UInt32(error.code)) {
    case XML_ERR_INVALID_CHAR:
      // `&#27;`: the parser goes on without the character.
      droppedCharacters += 1
    case XML_ERR_INVALID_ENCODING, XML_ERR_UNKNOWN_ENCODING, XML_ERR_UNSUPPORTED_ENCODING,
      XML_I18N_NO_NAME, XML_I18N_NO_HANDLER, XML_I18N_CONV_FAILED:
      fail(.diagnostic(badEncoding(line: line)))
    case XML_ERR_UNDECLARED_ENTITY, XML_ERR_ENTITY_LOOP, XML_WAR_UNDECLARED_ENTITY:
      refuseEntity()
    case XML_ERR_NO_MEMORY:
      fail(.diagnostic(tooLarge("the set of distinct names", limits.names)))
    case XML_ERR_DOCUMENT_EMPTY where hasBytesLeft: fail(.diagnostic(malformed(error)))
    // An end tag that is there whole and wrong is no sign of a cut.
    case let code where code != XML_ERR_TAG_NAME_MISMATCH && isAtEnd && (depth > 0 || !sawRoot):
      fail(.diagnostic(cutOff()))
    default:
      fail(.diagnostic(malformed(error)))
    }
  }

  private func malformed(_ error: xmlError) -> Diagnostic {
    // libxml2's own words: they name elements, never what stands in them.
    let text = error.message.map { String(cString: $0) } ?? "error \(error.code)"
    let words = inFile(text.split(whereSeparator: \.isNewline).first.map(\.trimmed) ?? "")
    return Diagnostic(
      "\(format).not-xml", .error, at: item.at("L\(Int(error.line) + part.linesBefore)"),
      "not well-formed XML: \(words)",
      why: "records after this place are missing, so the populations it feeds are incomplete",
      fix: "export it again; a file that was edited or merged by hand needs a look at this line")
  }

  /// libxml2's words with their "line 3" counted from the beginning of the file.
  private func inFile(_ words: String) -> String {
    guard part.linesBefore > 0, let found = words.firstRange(of: " line ") else { return words }
    let digits = words[found.upperBound...].prefix { $0.isNumber }
    guard let line = Int(digits) else { return words }
    return words[..<found.upperBound] + "\(line + part.linesBefore)" + words[digits.endIndex...]
  }

  private func cutOff() -> Diagnostic {
    if !state.pointee.sawRoot {
      return Diagnostic(
        "\(format).empty", .error, at: item.label, "the file holds no XML element",
        why: "an export without results still has its root element",
        fix: "export it again and compare the size with the source")
    }
    let path = (0..<depth).map { "<\(openName($0))>" }
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

  private var hasBytesLeft: Bool {
    guard let input = state.pointee.context?.pointee.input?.pointee else { return false }
    return input.cur < input.end
  }

  /// Whether the file ends inside the markup that the parser stumbled over: nothing follows, or
  /// nothing that could close it. To be asked when the reading is about to end.
  private var isAtEnd: Bool {
    guard let input = state.pointee.context?.pointee.input?.pointee else { return true }
    var at = input.cur
    while let byte = at, byte < input.end {
      if byte.pointee == UInt8(ascii: ">") { return false }
      at = byte + 1
    }
    return withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) {
      state.pointee.input?.takeUnretainedValue().read(into: $0) == 0
    }
  }

  private func openName(_ level: Int) -> String {
    level < 0 ? "" : String(cString: state.pointee.open[level].name)
  }

  fileprivate func refuseMarkup() {
    fail(.diagnostic(tooLarge("a tag or comment", limits.markup)))
  }

  fileprivate func refuseText() {
    fail(.diagnostic(tooLarge("the text of <\(openName(depth - 1))>", limits.text)))
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

  fileprivate func refuseTooMany(attributes: Int) {
    let what =
      depth > limits.depth
      ? "more than \(limits.depth) elements are open at the same time"
      : attributes > limits.attributes
        ? "an element has more than \(limits.attributes) attributes"
        : "more than \(limits.namespaces) namespaces are declared at the same time"
    fail(
      .diagnostic(
        Diagnostic(
          "xml.too-deep", .error, at: item.at("L\(line)"), what,
          why: "no export of \(format) is built like this, and reading it could take hours",
          fix: "export it again, straight from the tool; the bound is in XMLLimits")))
  }
}
