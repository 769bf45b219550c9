import VouchModel

/// The XML documents: well-formed, without DTD, and valid.
struct XMLCheck {
  struct Results: Sendable {
    let wellFormed: Check
    let packageSchema: Check
    let oscal: Check
    /// The OSCAL documents that could be read to the end.
    let documents: [OSCALDocument.Kind: OSCALDocument]
    /// `package.xml`, if it could be read to the end.
    let package: PackageDocument?
  }

  private var wellFormed = Check("xml", "Every XML document is well-formed and has no DTD")
  private var packageSchema = Check("package-schema", "package.xml is valid by package.xsd")
  private var oscal = Check("oscal-schemas", "The OSCAL documents are valid by their schemas")
  private var documents: [OSCALDocument.Kind: OSCALDocument] = [:]
  private var package: PackageDocument?
  private let contents: any PackageContents
  private let schemas: String?
  /// The package's own schema of OSCAL, when no other one was given.
  private var subset: XMLSchema?

  /// - Parameter schemas: as ``VerifyOptions/schemas``.
  static func run(_ contents: any PackageContents, schemas: String?) -> Results {
    let check = XMLCheck(contents, schemas: schemas)
    return Results(
      wellFormed: check.wellFormed, packageSchema: check.packageSchema, oscal: check.oscal,
      documents: check.documents, package: check.package)
  }

  private init(_ contents: any PackageContents, schemas: String?) {
    self.contents = contents
    self.schemas = schemas
    prepareSubset()
    var count = 0
    for path in contents.files.keys.sorted()
    where PackageLayout.isOurs(path) && (path.hasSuffix(".xml") || path.hasSuffix(".xsd")) {
      count += 1
      // The largest of them is read once, for both of its checks.
      if path != PackageLayout.package { read(path) }
    }
    wellFormed.note = "\(count) documents"
    validatePackage()
    if schemas == nil, subset == nil, oscal.findings.isEmpty {
      oscal = oscal.skipping("no schemas of OSCAL were given, and the package has none")
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
      return XMLReading.read(try contents.open(path), schema: schema, visitor: &visitor)
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

  /// The schema that comes with the package holds what it uses of OSCAL; NIST's hold all of it.
  private mutating func prepareSubset() {
    let path = PackageLayout.oscalSchema
    guard schemas == nil, contents.has(path),
      let bytes = contents.bytes(path, limit: 256 << 20, for: &oscal)
    else {
      oscal.note = schemas == nil ? "" : "NIST's"
      return
    }
    do {
      subset = try XMLSchema(bytes)
      oscal.note = "the package's own; NIST's were not given"
    } catch let fault {
      oscal.find("schema", "\(path):\(fault.line)", fault.text)
    }
  }

  private mutating func schema(for kind: OSCALDocument.Kind) -> XMLSchema? {
    guard let folder = schemas else { return subset }
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
    let bytes = contents.bytes(schemaPath, limit: 256 << 20, for: &packageSchema)
    guard contents.has(path) else {
      packageSchema.find("missing", path, "is missing")
      return
    }
    var schema: XMLSchema?
    do throws(LineFault) {
      schema = try bytes.map { bytes throws(LineFault) in try XMLSchema(bytes) }
    } catch {
      packageSchema.find("schema", "\(schemaPath):\(error.line)", error.text)
    }
    var document = PackageDocument()
    let faults = read(path, schema: schema, &document)
    for fault in faults {
      if fault.id == "invalid" {
        packageSchema.find("invalid", "\(path):\(fault.line)", fault.text)
      } else {
        wellFormed.find(fault.id, "\(path):\(fault.line)", fault.text)
      }
    }
    if faults.allSatisfy({ $0.id == "invalid" }) { package = document }
  }
}
