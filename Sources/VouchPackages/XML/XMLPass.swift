import CLibxml2
import Foundation
import VouchModel

/// Receives the elements of a document while libxml2 reads it.
protocol XMLVisitor: AnyObject {
  func start(_ name: XMLName, _ attributes: XMLAttributes, line: Int)
  func text(_ bytes: UnsafeBufferPointer<UInt8>)
  func end(_ name: XMLName)
}

/// A local name. libxml2 keeps each name once a document, so equal names have one address.
struct XMLName: Hashable {
  let address: UnsafePointer<UInt8>
  var text: String { String(cString: address) }
}

/// The attributes of an element, read where libxml2 has them.
struct XMLAttributes {
  fileprivate let base: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
  let count: Int

  /// Name and value of an attribute; libxml2 gives five pointers for each.
  func name(_ index: Int) -> XMLName? {
    base?[index * 5].map(XMLName.init)
  }

  func value(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

  func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    guard let start = base?[index * 5 + 3], let end = base?[index * 5 + 4] else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: start, count: end - start)
  }
}

/// Remembers something about each name of a document; a document has few names and asks often.
struct XMLNameTable<Value> {
  private var slots = [(name: XMLName, value: Value)?](repeating: nil, count: 256)
  private var overflow: [XMLName: Value] = [:]

  /// The value for a name, made the first time.
  mutating func value(for name: XMLName, _ make: (XMLName) -> Value) -> Value {
    let slot = Int(bitPattern: name.address) >> 3 & 255
    if let entry = slots[slot] {
      if entry.name == name { return entry.value }
      if let value = overflow[name] { return value }
      let value = make(name)
      overflow[name] = value
      return value
    }
    let value = make(name)
    slots[slot] = (name, value)
    return value
  }
}

/// A schema, compiled once.
final class XMLSchema: @unchecked Sendable {
  let name: String
  fileprivate let pointer: xmlSchemaPtr

  /// - Parameter name: the file it came from, for messages.
  init(_ bytes: [UInt8], name: String) throws {
    self.name = name
    let faults = XMLFaults()
    let compiled = bytes.withUnsafeBytes { bytes -> xmlSchemaPtr? in
      guard
        let parser = xmlSchemaNewMemParserCtxt(
          bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
      else { return nil }
      defer { xmlSchemaFreeParserCtxt(parser) }
      xmlSchemaSetParserStructuredErrors(
        parser, { XMLFaults.note($0, $1?.pointee.message, line: $1?.pointee.line) },
        Unmanaged.passUnretained(faults).toOpaque())
      return xmlSchemaParse(parser)
    }
    guard let compiled else {
      throw Refusal(
        .data,
        Diagnostic(
          "package.schema", .error, at: name,
          "no XML Schema: \(faults.all.first?.text ?? "it cannot be read")",
          why: "without it nobody knows whether the package's XML is right",
          fix: "restore the file"))
    }
    pointer = compiled
  }

  deinit { xmlSchemaFree(pointer) }
}

/// Something that is wrong in a document.
struct XMLFault: Hashable {
  let line: Int
  let text: String
}

/// Collects what libxml2 reports; a long list helps nobody, so it is cut.
final class XMLFaults {
  static let limit = 20
  private(set) var all: [XMLFault] = []
  private(set) var count = 0
  fileprivate var parser: xmlParserCtxtPtr?

  func add(_ text: String, line: Int) {
    count += 1
    if all.count < Self.limit { all.append(XMLFault(line: line, text: XMLText.line(text))) }
  }

  fileprivate static func note(
    _ user: UnsafeMutableRawPointer?, _ message: UnsafeMutablePointer<CChar>?, line: Int32?
  ) {
    guard let user else { return }
    let faults = Unmanaged<XMLFaults>.fromOpaque(user).takeUnretainedValue()
    let place = faults.parser?.pointee.input?.pointee.line ?? line ?? 0
    faults.add(message.map { String(cString: $0) } ?? "error without a message", line: Int(place))
  }
}

/// One reading of a file: well-formed, valid, and shown to a visitor, with constant memory.
///
/// The events of the parser go to the schema and to the visitor at once, which costs a fifth less
/// than a reader with a schema, and no second reading.
enum XMLPass {
  /// Reads a document. No network, no DTD, no entities.
  static func read(
    _ path: String, schema: XMLSchema?, visitor: (any XMLVisitor)? = nil
  ) throws -> XMLFaults {
    _ = library
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw Refusal.io("read", path) }
    defer { close(file) }
    let faults = XMLFaults()
    try withExtendedLifetime((faults, Box(visitor, faults))) { _, box in
      try parse(file, path, schema, box, faults)
    }
    return faults
  }

  /// libxml2 wants to be set up by one thread before several use it.
  private static let library: Void = xmlInitParser()

  /// Carries the visitor and its line through C.
  private final class Box {
    let visitor: (any XMLVisitor)?
    var parser: xmlParserCtxtPtr?
    private let faults: XMLFaults

    init(_ visitor: (any XMLVisitor)?, _ faults: XMLFaults) {
      self.visitor = visitor
      self.faults = faults
    }

    /// Ends the reading at a document type declaration: ours have none.
    func refuseDTD() {
      guard let parser else { return }
      faults.add("a document type declaration is refused", line: line)
      xmlStopParser(parser)
    }

    var line: Int { Int(parser?.pointee.input?.pointee.line ?? 0) }

    static func of(_ user: UnsafeMutableRawPointer?) -> Box? {
      user.map { Unmanaged<Box>.fromOpaque($0).takeUnretainedValue() }
    }
  }

  private static func parse(
    _ file: Int32, _ path: String, _ schema: XMLSchema?, _ box: Box, _ faults: XMLFaults
  ) throws {
    let user = Unmanaged.passUnretained(box).toOpaque()
    let faultsPointer = Unmanaged.passUnretained(faults).toOpaque()
    var handler = handler(visits: box.visitor != nil)
    guard let parser = xmlCreatePushParserCtxt(&handler, user, nil, 0, path) else {
      throw Refusal.io("read", path, ENOMEM)
    }
    box.parser = parser
    faults.parser = parser
    defer {
      faults.parser = nil
      xmlFreeParserCtxt(parser)
    }
    xmlCtxtUseOptions(parser, Int32(XML_PARSE_NONET.rawValue))
    xmlSetStructuredErrorFunc(
      faultsPointer, { XMLFaults.note($0, $1?.pointee.message, line: $1?.pointee.line) })
    defer { xmlSetStructuredErrorFunc(nil, nil) }
    let validator = schema.flatMap { xmlSchemaNewValidCtxt($0.pointer) }
    defer { if let validator { xmlSchemaFreeValidCtxt(validator) } }
    var plug: xmlSchemaSAXPlugPtr?
    if let validator {
      xmlSchemaSetValidStructuredErrors(
        validator, { XMLFaults.note($0, $1?.pointee.message, line: $1?.pointee.line) },
        faultsPointer)
      plug = xmlSchemaSAXPlug(validator, &parser.pointee.sax, &parser.pointee.userData)
    }
    defer { if let plug { xmlSchemaSAXUnplug(plug) } }
    try feed(parser, file, path)
    if faults.count == 0, parser.pointee.wellFormed == 0 {
      faults.add("not well-formed", line: 0)
    }
    if faults.count == 0, let validator, xmlSchemaIsValid(validator) != 1 {
      faults.add("not valid", line: 0)
    }
  }

  private static func feed(_ parser: xmlParserCtxtPtr, _ file: Int32, _ path: String) throws {
    let size = 1 << 18
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
    defer { buffer.deallocate() }
    while true {
      let n = Glibc.read(file, buffer, size)
      if n < 0, errno == EINTR { continue }
      if n < 0 { throw Refusal.io("read", path) }
      if n == 0 { break }
      if xmlParseChunk(parser, buffer, Int32(n), 0) != 0 { return }
    }
    xmlParseChunk(parser, buffer, 0, 1)
  }

  private static func handler(visits: Bool) -> xmlSAXHandler {
    var handler = xmlSAXHandler()
    handler.initialized = UInt32(XML_SAX2_MAGIC)
    handler.internalSubset = { user, _, _, _ in Box.of(user)?.refuseDTD() }
    guard visits else { return handler }
    handler.startElementNs = { user, name, _, _, _, _, count, _, attributes in
      guard let box = Box.of(user), let name else { return }
      box.visitor?.start(
        XMLName(address: name), XMLAttributes(base: attributes, count: Int(count)),
        line: box.line)
    }
    handler.endElementNs = { user, name, _, _ in
      guard let name else { return }
      Box.of(user)?.visitor?.end(XMLName(address: name))
    }
    handler.characters = { user, bytes, count in
      Box.of(user)?.visitor?.text(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
    return handler
  }
}
