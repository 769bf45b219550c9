import VouchModel

/// The XML documents: well-formed, without DTD, and valid.
struct XMLCheck {
  private(set) var wellFormed = Check("xml", "Every XML document is well-formed and has no DTD")
  private(set) var package = Check("package-schema", "package.xml is valid by package.xsd")
  private(set) var oscal = Check("oscal-schemas", "The OSCAL documents are valid by NIST's schemas")
  /// The OSCAL documents that could be read to the end.
  private(set) var documents: [OSCALDocument.Kind: OSCALDocument] = [:]
  /// What package.xml says of its records.
  private let context: Context

  init(_ context: Context) {
    self.context = context
    var count = 0
    for path in context.package.files.keys.sorted()
    where PackageLayout.isOurs(path) && (path.hasSuffix(".xml") || path.hasSuffix(".xsd")) {
      count += 1
      read(path)
    }
    wellFormed.note = "\(count) documents"
    validatePackage()
    if context.options.schemas == nil {
      oscal = oscal.skipping("no folder with NIST's schemas was given")
    }
  }

  private mutating func read(_ path: BagPath) {
    guard let kind = OSCALDocument.Kind.allCases.first(where: { $0.path == path }) else {
      var visitor = NoVisitor()
      report(read(path, schema: nil, &visitor), path)
      return
    }
    var visitor = OSCALVisitor(kind)
    let faults = read(path, schema: schema(for: kind), &visitor)
    report(faults, path)
    if faults.allSatisfy({ $0.id == "invalid" }) { documents[kind] = visitor.document }
  }

  private func read(
    _ path: BagPath, schema: XMLSchema?, _ visitor: inout some XMLVisitor
  ) -> [LineFault] {
    do {
      return XMLReading.read(try context.package.open(path), schema: schema, visitor: &visitor)
    } catch {
      return [LineFault(id: "unreadable", line: 0, text: "cannot be read")]
    }
  }

  /// What the schema says goes to the schema's check, the rest to the reader's.
  private mutating func report(_ faults: [LineFault], _ path: BagPath) {
    for fault in faults {
      if fault.id == "invalid" {
        oscal.find("invalid", "\(path):\(fault.line)", fault.text)
      } else {
        wellFormed.find(fault.id, "\(path):\(fault.line)", fault.text)
      }
    }
  }

  private mutating func schema(for kind: OSCALDocument.Kind) -> XMLSchema? {
    guard let folder = context.options.schemas else { return nil }
    let path = "\(folder)/oscal_\(kind.root)_schema.xsd"
    do {
      let file = try OpenFile(path, following: true)
      return try XMLSchema(try file.bytes(at: 0, count: min(file.size, XMLSchema.sizeLimit + 1)))
    } catch let fault as LineFault {
      oscal.find("schema", path, fault.text)
    } catch {
      oscal.find("schema", path, "cannot be read")
    }
    return nil
  }

  private mutating func validatePackage() {
    let schemaPath = PackageLayout.packageSchema
    let path = PackageLayout.package
    guard let bytes = context.bytes(schemaPath, for: &package), context.package.has(path) else {
      if package.findings.isEmpty { package.find("missing", path, "is missing") }
      return
    }
    do {
      let schema = try XMLSchema(bytes)
      var visitor = NoVisitor()
      for fault in read(path, schema: schema, &visitor) where fault.id == "invalid" {
        package.find("invalid", "\(path):\(fault.line)", fault.text)
      }
    } catch let fault {
      package.find("schema", "\(schemaPath):\(fault.line)", fault.text)
    }
  }
}
