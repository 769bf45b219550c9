import Foundation
import Testing
import VouchModel

@testable import VouchPackages

/// Faults that no schema sees; each is put into a good document, and has to be found and named.
@Suite struct ReferenceTests {
  struct Fault: Sendable, CustomTestStringConvertible {
    let document: String
    let text: String
    let other: String
    /// What the message has to say.
    let found: String
    var testDescription: String { "\(document): \(text) -> \(other)" }
  }

  static let oscal: [Fault] = [
    Fault(
      document: "assessment-results", text: "<related-observation observation-uuid=\"1a43",
      other: "<related-observation observation-uuid=\"0000", found: "no such observation"),
    Fault(
      document: "assessment-results", text: "<associated-risk risk-uuid=\"7c87",
      other: "<associated-risk risk-uuid=\"0000", found: "no such risk"),
    Fault(
      document: "assessment-results", text: "<relevant-evidence href=\"#298d",
      other: "<relevant-evidence href=\"#0000", found: "no such resource"),
    Fault(
      document: "assessment-results", text: "actor-uuid=\"f74d", other: "actor-uuid=\"0000",
      found: "no such party or component"),
    Fault(
      document: "assessment-results", text: "task-uuid=\"bdfe", other: "task-uuid=\"0000",
      found: "no such task"),
    Fault(
      document: "assessment-results", text: "subject-uuid=\"acd2", other: "subject-uuid=\"0000",
      found: "no such component"),
    Fault(
      document: "assessment-results", text: "<party-uuid>40d2", other: "<party-uuid>0000",
      found: "no such party"),
    Fault(
      document: "assessment-results", text: "responsible-party role-id=\"prepared-by\"",
      other: "responsible-party role-id=\"nobody\"", found: "no such role"),
    Fault(
      document: "assessment-results", text: "control-id=\"bck-01\"", other: "control-id=\"xyz-01\"",
      found: "no such control"),
    Fault(
      document: "assessment-results", text: "target-id=\"bck-01_obj\"",
      other: "target-id=\"xyz-01_obj\"", found: "no such part"),
    Fault(
      document: "assessment-results", text: "leavers.csv\" media-type",
      other: "gone.csv\" media-type",
      found: "names no file of the package"),
    Fault(
      document: "assessment-results", text: "<hash algorithm=\"SHA-256\">1665",
      other: "<hash algorithm=\"SHA-256\">0000", found: "is not that of the file"),
    Fault(
      document: "assessment-results", text: "<risk uuid=\"7c87", other: "<risk uuid=\"ebee",
      found: "no such risk"),
    Fault(
      document: "controls-catalog", text: "tsc-catalog.xml#a1.2", other: "tsc-catalog.xml#a1.9",
      found: "names nothing in that document"),
    Fault(
      document: "controls-catalog", text: "<control id=\"gov-02\"", other: "<control id=\"bck-01\"",
      found: "is there twice"),
    Fault(
      document: "assessment-plan", text: "activity-uuid=\"7de7", other: "activity-uuid=\"0000",
      found: "no such activity"),
    // Right identifier, wrong kind of thing.
    Fault(
      document: "assessment-plan", text: "component-uuid=\"f74d30f9-3af3-5434-af82-95c3326ad2d4\"",
      other: "component-uuid=\"40d2ced8-b4b7-59d4-ab83-6776ba27d942\"",
      found: "no such component"),
  ]

  /// Reads the documents in order, one of them changed.
  private func faults(_ fault: Fault?, in folder: URL) throws -> [String] {
    let written = try OSCALTests.write(in: folder)
    let package = written.xml.deletingLastPathComponent().deletingLastPathComponent()
    let files = try entries(of: package)
    var defined: [String: OSCALReferences.Defined] = [:]
    var found: [String] = []
    for name in OSCALTests.documents {
      let file = written.xml.appending(path: "\(name).xml")
      if let fault, fault.document == name {
        let text = try String(contentsOf: file, encoding: .utf8)
        let changed = text.replacing(fault.text, with: fault.other, maxReplacements: 1)
        #expect(changed != text, "the document has no \(fault.text)")
        try changed.write(to: file, atomically: true, encoding: .utf8)
      }
      // The digest of a changed document is not what is under test.
      let known = files.filter { !$0.key.hasPrefix("data/xml/") || fault == nil }
      let check = OSCALReferences(others: defined, files: known.merging(files) { a, _ in a })
      #expect(try XMLPass.read(file.path, schema: nil, visitor: check).count == 0)
      check.finish()
      found += check.faults.all.map(\.text)
      defined["\(name).xml"] = check.defined
    }
    return found
  }

  private func entries(of package: URL) throws -> [String: BagWriter.Entry] {
    let manifest = try String(
      contentsOf: package.appending(path: "manifest-sha256.txt"), encoding: .utf8)
    var entries: [String: BagWriter.Entry] = [:]
    for line in manifest.split(separator: "\n") {
      let path = String(line.dropFirst(66))
      let digest = try #require(Digest(hex: line.prefix(64)))
      entries[path] = BagWriter.Entry(path: path, digest: digest, size: 0)
    }
    return entries
  }

  @Test func findsNothingInWhatWeWrite() throws {
    try Sample.withFolder { folder in
      let found = try faults(nil, in: folder)
      #expect(found.isEmpty)
    }
  }

  @Test(arguments: oscal)
  func findsWhatAnOSCALDocumentRefersToInVain(fault: Fault) throws {
    try Sample.withFolder { folder in
      let found = try faults(fault, in: folder)
      #expect(found.contains { $0.contains(fault.found) }, "found \(found)")
    }
  }

  static let package: [Fault] = [
    Fault(
      document: "package", text: "<criterion>A1.2</criterion>",
      other: "<criterion>CC9.9</criterion>",
      found: "no criterion 'CC9.9'"),
    Fault(
      document: "package", text: "evidence=\"2\" place=\"R3\"",
      other: "evidence=\"99\" place=\"R3\"",
      found: "no evidence '99'"),
    Fault(
      document: "package", text: "waiver=\"W-1\"", other: "waiver=\"W-9\"", found: "no waiver 'W-9'"
    ),
    Fault(
      document: "package", text: "<control>GOV-02</control>", other: "<control>GOV-99</control>",
      found: "no control 'GOV-99'"),
    Fault(
      document: "package", text: "<evidence-numbers>2-3<", other: "<evidence-numbers>2-7<",
      found: "no evidence '6'"),
    Fault(
      document: "package", text: "sha256=\"1665", other: "sha256=\"0000", found: "digest or size"),
    Fault(
      document: "package", text: "size=\"34\"", other: "size=\"35\"", found: "digest or size"),
    Fault(
      document: "package", text: "leavers.csv\" sha256", other: "gone.csv\" sha256",
      found: "is no file of the package"),
    Fault(
      document: "package", text: "<control id=\"GOV-02\"", other: "<control id=\"BCK-01\"",
      found: "is there twice"),
  ]

  @Test(arguments: package)
  func findsWhatPackageXMLRefersToInVain(fault: Fault) throws {
    try Sample.withFolder { folder in
      let golden = Sample.root.appending(path: "Tests/Fixtures/packages/package.xml")
      let text = try String(contentsOf: golden, encoding: .utf8)
      let changed = text.replacing(fault.text, with: fault.other, maxReplacements: 1)
      #expect(changed != text, "package.xml has no \(fault.text)")
      let file = folder.appending(path: "package.xml")
      try changed.write(to: file, atomically: true, encoding: .utf8)
      let files = Dictionary(
        uniqueKeysWithValues: Sample.evidence.map { row in
          let path = PackageLayout.evidence(row)
          return (path, BagWriter.Entry(path: path, digest: row.digest, size: row.size))
        })
      let check = PackageReferences(files: files)
      #expect(try XMLPass.read(file.path, schema: nil, visitor: check).count == 0)
      check.finish()
      #expect(
        check.faults.all.contains { $0.text.contains(fault.found) },
        "found \(check.faults.all.map(\.text))")
      #expect(check.faults.all.allSatisfy { $0.line > 0 })
    }
  }
}

@Suite struct XMLPassTests {
  private func faults(_ text: String, schema: String? = nil) throws -> [XMLFault] {
    try Sample.withFolder { folder in
      let file = folder.appending(path: "x.xml")
      try text.write(to: file, atomically: true, encoding: .utf8)
      let compiled = try schema.map { try XMLSchema(Array($0.utf8), name: "x.xsd") }
      return try XMLPass.read(file.path, schema: compiled).all
    }
  }

  private let schema = """
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a">
    <xs:complexType><xs:sequence><xs:element name="n" type="xs:int" maxOccurs="9"/></xs:sequence>
    </xs:complexType></xs:element></xs:schema>
    """

  @Test func namesTheLineOfAFaultAgainstTheSchema() throws {
    let faults = try faults("<a>\n<n>1</n>\n<n>two</n>\n</a>", schema: schema)
    #expect(faults.first?.line == 3)
    #expect(faults.first?.text.contains("'two'") == true)
  }

  @Test func namesTheLineOfBrokenXML() throws {
    #expect(try faults("<a>\n<n>1</b>\n</a>").first?.line == 2)
    #expect(try faults("<a>\n<n>").isEmpty == false)
    #expect(try faults("").isEmpty == false)
  }

  @Test func refusesADocumentTypeDeclaration() throws {
    let bomb = "<!DOCTYPE a [<!ENTITY e \"x\">]><a><n>&e;</n></a>"
    #expect(try faults(bomb, schema: schema).map(\.text).first?.contains("refused") == true)
    #expect(try faults(bomb).map(\.text).first?.contains("refused") == true)
  }

  @Test func findsNothingInAGoodDocument() throws {
    #expect(try faults("<a><n>1</n></a>", schema: schema).isEmpty)
  }

  @Test func refusesASchemaThatIsNone() {
    #expect(throws: Refusal.self) { try XMLSchema(Array("<a/>".utf8), name: "a.xsd") }
  }

  @Test func keepsTheFirstFaultsAndCountsTheRest() throws {
    let rows = String(repeating: "<n>x</n>\n", count: 9)
    #expect(try faults("<a>\(rows)</a>", schema: schema).count >= 9)
  }
}
