import CLibxml2

/// The beginning of an element.
struct XMLElement {
  /// Without prefix.
  let name: String
  let namespace: String
  /// Names without prefix; namespace declarations are left out.
  let attributes: [String: String]
  let line: Int

  subscript(_ attribute: String) -> String? { attributes[attribute] }
}

/// Receives the elements and texts of a document in their order.
protocol XMLVisitor {
  mutating func start(_ element: XMLElement)
  mutating func text(_ text: String)
  mutating func end(_ name: String)
}

/// Reads documents with libxml2's streaming reader: no DTD, no entities, no network, flat memory.
enum XMLReading {
  /// Reads a document to its end, or to where it stops being one.
  ///
  /// - Parameter schema: what the document is validated against on the way.
  static func read(
    _ stream: any ByteStream, schema: XMLSchema? = nil, visitor: inout some XMLVisitor
  ) -> [LineFault] {
    let source = Source(stream)
    let faults = XMLFaults()
    let context = Unmanaged.passUnretained(source).toOpaque()
    let options = Int32(XML_PARSE_NONET.rawValue) | Int32(XML_PARSE_BIG_LINES.rawValue)
    guard
      let reader = xmlReaderForIO(
        { context, buffer, count in
          guard let context else { return -1 }
          let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
          return source.read(into: buffer, count: count)
        }, { _ in 0 }, context, nil, nil, options)
    else { return [LineFault(id: "malformed", line: 0, text: "cannot be read")] }
    let collector = Unmanaged.passUnretained(faults).toOpaque()
    xmlTextReaderSetStructuredErrorHandler(
      reader,
      { context, error in
        XMLFaults.collect(
          context, domain: error?.pointee.domain, message: error?.pointee.message,
          line: error?.pointee.line)
      }, collector)
    let validation = schema.map { $0.validation() }
    // The reader lets go of the validation when it is freed, so that has to outlive it.
    defer { withExtendedLifetime((source, validation, faults)) { xmlFreeTextReader(reader) } }
    if let validation { xmlTextReaderSchemaValidateCtxt(reader, validation.context, 0) }
    walk(reader, &visitor, faults)
    if let fault = source.fault { faults.add("unreadable", 0, fault.text) }
    return faults.all
  }

  private static func walk(
    _ reader: xmlTextReaderPtr, _ visitor: inout some XMLVisitor, _ faults: XMLFaults
  ) {
    while true {
      let status = xmlTextReaderRead(reader)
      if status == 0 { return }
      if status < 0 {
        if faults.all.isEmpty { faults.add("malformed", line(reader), "is not well-formed") }
        return
      }
      switch xmlReaderTypes(rawValue: numericCast(xmlTextReaderNodeType(reader))) {
      case XML_READER_TYPE_DOCUMENT_TYPE:
        faults.add("dtd", line(reader), "has a document type declaration")
        return
      case XML_READER_TYPE_ENTITY_REFERENCE:
        faults.add("dtd", line(reader), "refers to an entity of its own")
        return
      case XML_READER_TYPE_ELEMENT: start(reader, &visitor)
      case XML_READER_TYPE_END_ELEMENT: visitor.end(string(xmlTextReaderConstLocalName(reader)))
      case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA:
        visitor.text(string(xmlTextReaderConstValue(reader)))
      default: break
      }
    }
  }

  private static func start(_ reader: xmlTextReaderPtr, _ visitor: inout some XMLVisitor) {
    let name = string(xmlTextReaderConstLocalName(reader))
    let namespace = string(xmlTextReaderConstNamespaceUri(reader))
    let place = line(reader)
    let isEmpty = xmlTextReaderIsEmptyElement(reader) == 1
    var attributes: [String: String] = [:]
    while xmlTextReaderMoveToNextAttribute(reader) == 1 {
      if xmlTextReaderIsNamespaceDecl(reader) == 1 { continue }
      attributes[string(xmlTextReaderConstLocalName(reader))] =
        string(xmlTextReaderConstValue(reader))
    }
    xmlTextReaderMoveToElement(reader)
    visitor.start(
      XMLElement(name: name, namespace: namespace, attributes: attributes, line: place))
    if isEmpty { visitor.end(name) }
  }

  private static func line(_ reader: xmlTextReaderPtr) -> Int {
    Int(xmlTextReaderGetParserLineNumber(reader))
  }

  private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
    text.map { String(cString: $0) } ?? ""
  }

  /// Gives libxml2 the bytes of a stream.
  private final class Source {
    private let stream: any ByteStream
    private(set) var fault: ReadFault?

    init(_ stream: any ByteStream) {
      self.stream = stream
    }

    func read(into buffer: UnsafeMutablePointer<CChar>?, count: Int32) -> Int32 {
      do {
        let buffer = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
        return Int32(try stream.read(into: buffer))
      } catch {
        fault = error as? ReadFault ?? ReadFault(id: "unreadable", text: "cannot be read")
        return -1
      }
    }
  }
}

/// Collects what libxml2 reports. Keeps the first hundred.
final class XMLFaults {
  private(set) var all: [LineFault] = []

  func add(_ id: String, _ line: Int, _ text: String) {
    if all.count < 100 { all.append(LineFault(id: id, line: line, text: text)) }
  }

  /// What libxml2's structured error functions are pointed to. Its reader hands on what the
  /// validation reports, so the domain tells the two apart.
  static func collect(
    _ context: UnsafeMutableRawPointer?, domain: Int32?, message: UnsafeMutablePointer<CChar>??,
    line: Int32?
  ) {
    guard let context else { return }
    let faults = Unmanaged<XMLFaults>.fromOpaque(context).takeUnretainedValue()
    let text = message.flatMap { $0 }.map { String(cString: $0) } ?? "is not valid"
    let plain = text.split { $0.isNewline }.joined(separator: " ")
    let id =
      switch domain.map({ xmlErrorDomain(rawValue: UInt32(bitPattern: $0)) }) {
      case XML_FROM_SCHEMASV: "invalid"
      case XML_FROM_SCHEMASP: "schema"
      default: "malformed"
      }
    faults.add(id, Int(line ?? 0), plain)
  }
}
