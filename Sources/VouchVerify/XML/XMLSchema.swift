import CLibxml2

/// A compiled XML Schema.
///
/// It may come from the package itself, so it must not make the compiler load another file, and
/// must not be one that takes for ever to compile.
final class XMLSchema {
  private let schema: xmlSchemaPtr

  /// Bytes of a schema; NIST's largest has a third of this.
  static let sizeLimit = 4 << 20

  /// Throws the first thing that is wrong with it.
  init(_ bytes: [UInt8]) throws(LineFault) {
    if let fault = Self.dangers(in: bytes) { throw fault }
    let faults = XMLFaults()
    let compiled: xmlSchemaPtr? = bytes.withUnsafeBytes { buffer in
      let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      guard let parser = xmlSchemaNewMemParserCtxt(start, Int32(buffer.count)) else { return nil }
      defer { xmlSchemaFreeParserCtxt(parser) }
      xmlSchemaSetParserStructuredErrors(
        parser,
        { context, error in
          XMLFaults.collect(
            context, domain: error?.pointee.domain, message: error?.pointee.message,
            line: error?.pointee.line)
        }, Unmanaged.passUnretained(faults).toOpaque())
      return xmlSchemaParse(parser)
    }
    guard let compiled else {
      throw faults.all.first ?? LineFault(id: "schema", line: 0, text: "is no XML Schema")
    }
    schema = compiled
  }

  deinit { xmlSchemaFree(schema) }

  func validation() -> Validation { Validation(self) }

  /// One use of the schema, while a document is read; the reader reports what it finds.
  final class Validation {
    let context: xmlSchemaValidCtxtPtr?
    private let schema: XMLSchema

    fileprivate init(_ schema: XMLSchema) {
      self.schema = schema
      context = xmlSchemaNewValidCtxt(schema.schema)
    }

    deinit { xmlSchemaFreeValidCtxt(context) }
  }

  private static func dangers(in bytes: [UInt8]) -> LineFault? {
    if bytes.count > sizeLimit {
      return LineFault(id: "schema", line: 0, text: "is longer than \(sizeLimit) bytes")
    }
    var visitor = SchemaVisitor()
    let faults = XMLReading.read(MemoryStream(bytes), visitor: &visitor)
    return faults.first ?? visitor.fault
  }
}

/// Looks through a schema before it is compiled.
private struct SchemaVisitor: XMLVisitor {
  private(set) var fault: LineFault?
  private let namespace = "http://www.w3.org/2001/XMLSchema"
  /// libxml2 unrolls what may occur so often.
  private let occurrenceLimit = 1000

  mutating func start(_ element: XMLElement) {
    guard element.namespace == namespace, fault == nil else { return }
    if ["import", "include", "redefine", "override"].contains(element.name) {
      fault = LineFault(
        id: "schema", line: element.line, text: "the schema refers to another one (\(element.name))"
      )
    }
    for name in ["minOccurs", "maxOccurs"] {
      guard let value = element[name], value != "unbounded" else { continue }
      if (Int(value) ?? Int.max) > occurrenceLimit {
        fault = LineFault(
          id: "schema", line: element.line,
          text: "the schema has a \(name) above \(occurrenceLimit)")
      }
    }
  }

  mutating func text(_ text: String) {}
  mutating func end(_ name: String) {}
}

/// A visitor for documents that only have to be well-formed.
struct NoVisitor: XMLVisitor {
  mutating func start(_ element: XMLElement) {}
  mutating func text(_ text: String) {}
  mutating func end(_ name: String) {}
}

/// Bytes in memory as a stream.
final class MemoryStream: ByteStream {
  private var rest: ArraySlice<UInt8>
  var fault: ReadFault? { nil }

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let part = rest.prefix(buffer.count)
    buffer.copyBytes(from: part)
    rest = rest.dropFirst(part.count)
    return part.count
  }
}
