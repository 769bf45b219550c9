import Foundation
import Testing

@testable import VouchVerify

/// Other programs come to the same: the standard tools on bags, NIST's schemas on OSCAL.
@Suite struct AgreementTests {
  @Test func sha256sumAcceptsTheValidPackage() throws {
    let sample = try Sample()
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
      try Shell.run(["sha256sum", "-c", "--strict", "--quiet", manifest], in: sample.root)
    }
    withExtendedLifetime(sample) {}
  }

  @Test func sha256sumRefusesAChangedFileToo() throws {
    let sample = try Sample()
    try sample.flip("data/reperform/controls.sql")
    let (status, output, _) = try Shell.answer(
      ["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], in: sample.root)
    #expect(status != 0)
    #expect(output == "data/reperform/controls.sql: FAILED\n")
    #expect(try sample.verify().findings.map(\.file) == ["data/reperform/controls.sql"])
  }

  @Test func bagitComesToTheSame() throws {
    guard (try? Shell.run(["python3", "-c", "import bagit"])) != nil else {
      print("skipped 2 cases: Python's bagit is not installed (pip install bagit)")
      return
    }
    let sample = try Sample()
    let validate = ["python3", "-m", "bagit", "--validate", sample.root]
    let (status, _, errors) = try Shell.answer(validate)
    #expect(status == 0, "\(errors)")
    try sample.flip("data/reperform/controls.sql")
    let (changed, _, _) = try Shell.answer(validate)
    #expect(changed != 0)
    #expect(try sample.verify().isValid == false)
  }

  // MARK: NIST's schemas, and documents that are checked by others

  /// The folder with material that is not part of the repository; nil when it is not there.
  private static let shared: String? = {
    let named = ProcessInfo.processInfo.environment["VOUCH_SHARED"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = named ?? root.deletingLastPathComponent().appending(path: "shared").path
    return FileManager.default.fileExists(atPath: "\(path)/schemas") ? path : nil
  }()

  @Test func packageIsValidByTheSchemasOfNIST() throws {
    guard let shared = Self.shared else {
      print("skipped 2 cases: NIST's schemas are not there")
      return
    }
    var options = Sample.options
    options.schemas = "\(shared)/schemas/oscal/1.2.3"
    let sample = try Sample()
    let result = try sample.verify(options)
    #expect(result.isValid, "\(result.table)")
    try sample.replace("data/xml/assessment-results.xml", "<start>2026-09-01T06:00:00Z</start>", "")
    try sample.seal()
    let changed = try sample.verify(options)
    #expect(changed.findings.map(\.id) == ["oscal-schemas.invalid"], "\(changed.table)")
    #expect(changed.findings[0].file.hasPrefix("data/xml/assessment-results.xml:"))
  }

  @Test func documentsCheckedByOthersKeepOurRules() throws {
    guard let shared = Self.shared else {
      print("skipped 4 cases: the examples are not there")
      return
    }
    for kind in OSCALDocument.Kind.allCases {
      let path = "\(shared)/formats/oscal-examples/\(kind.rawValue).xml"
      var visitor = OSCALVisitor(kind)
      let stream = FileStream(try OpenFile(path))
      let faults = XMLReading.read(stream, visitor: &visitor)
      #expect(faults.isEmpty)
      #expect(visitor.document.faults.isEmpty, "\(path): \(visitor.document.faults)")
      #expect(visitor.document.uuids.count + visitor.document.ids.count > 3)
    }
  }
}
