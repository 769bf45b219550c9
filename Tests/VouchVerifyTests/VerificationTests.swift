import Foundation
import Synchronization
import Testing
import VouchModel

@testable import VouchVerify

/// What a verification looks like, and what ends it.
@Suite struct VerificationTests {
  // MARK: Refusals

  /// One mistake is told once, whatever stands there.
  @Test(arguments: [
    (
      "missing", "there is nothing here: this is no package",
      "give the package's folder or its .zip"
    ),
    ("empty", "the folder is empty: this is no package", "give the package's folder or its .zip"),
    (
      "others",
      "the folder holds other files, and neither bagit.txt nor a manifest: this is no package",
      "give the package's folder or its .zip"
    ),
    (
      "text.txt", "the file is no .zip: this is no package", "give the package's folder or its .zip"
    ),
    (
      "others.zip",
      "the .zip holds other files, and neither bagit.txt nor a manifest: this is no package",
      "give the package's folder or its .zip"
    ),
    (
      "output",
      "the folder holds other files, and neither bagit.txt nor a manifest: this is no package",
      "did you mean FOLDER/output/shop?"
    ),
    (
      "archives",
      "the folder holds other files, and neither bagit.txt nor a manifest: this is no package",
      "did you mean FOLDER/archives/shop.zip?"
    ),
  ])
  func refusesWhatIsNoPackage(_ name: String, _ text: String, _ fix: String) throws {
    let folder = try TemporaryFolder()
    try Shell.run(
      [
        "sh", "-c",
        """
        mkdir -p empty others/data output/shop archives shop && echo hello > text.txt && \
        echo a > others/data/a.csv && zip -q -r others.zip others && \
        echo x > output/shop/bagit.txt && echo x > shop/bagit.txt && zip -q -r archives/shop.zip shop
        """,
      ], in: folder.path)
    let refusal = try #require(throws: Refusal.self) {
      try PackageVerifier.verify("\(folder.path)/\(name)")
    }
    #expect(refusal.status == .noInput)
    let problem = try #require(refusal.diagnostics.first)
    #expect(refusal.diagnostics.count == 1)
    #expect(problem.id == "verify.no-package")
    #expect(problem.text == text)
    #expect(problem.why.contains("vouch bundle"))
    #expect(problem.fix == fix.replacing("FOLDER", with: folder.path))
    withExtendedLifetime(folder) {}
  }

  @Test func refusesAListOfSignersThatIsNotThere() throws {
    let sample = try Sample()
    #expect {
      try PackageVerifier.verify(sample.root, signers: "/no/such/list")
    } throws: {
      ($0 as? Refusal)?.diagnostics.map(\.id) == ["verify.no-file"]
    }
  }

  @Test func namesAZipThatIsNone() throws {
    let folder = try TemporaryFolder()
    let zip = folder.path + "/package.zip"
    try "<html>not found</html>".write(toFile: zip, atomically: true, encoding: .utf8)
    #expect(try PackageVerifier.verify(zip).findings.map(\.id) == ["zip.unreadable"])
    withExtendedLifetime(folder) {}
  }

  @Test func namesEverythingThatARestOfAPackageLacks() throws {
    let folder = try TemporaryFolder()
    try "x".write(toFile: folder.path + "/bagit.txt", atomically: true, encoding: .utf8)
    let result = try PackageVerifier.verify(folder.path)
    #expect(!result.isValid)
    #expect(result.check("layout")?.findings.count == PackageLayout.required.count - 1)
    withExtendedLifetime(folder) {}
  }

  @Test func findsAFolderThatWasRenamed() throws {
    let sample = try Sample()
    let other = sample.root + "-copy"
    try FileManager.default.moveItem(atPath: sample.root, toPath: other)
    let result = try PackageVerifier.verify(other, options: Sample.options)
    #expect(result.findings.map(\.id) == ["bag-info.identifier"], "\(result.table)")
    withExtendedLifetime(sample) {}
  }

  // MARK: Signatures that were not asked for

  @Test func saysWhoseKeyWasNotAsked() throws {
    let result = try Sample().verify(VerifyOptions())
    #expect(result.isValid)
    #expect(result.check("signature")?.note.contains("whose it is was not asked") == true)
  }

  @Test func saysThatAPackageIsNotSigned() throws {
    let sample = try Sample()
    try sample.remove("tagmanifest-sha256.txt.sig")
    let result = try sample.verify(VerifyOptions())
    #expect(result.isValid)
    #expect(result.check("signature")?.outcome == .skipped("the package is not signed"))
  }

  // MARK: Output

  private static let verification: Verification = {
    var changed = Check("manifest", "Every payload file is listed and has its digest")
    changed.find("changed", "data/a\u{1B}[2J.csv", "other bytes", expected: "00", actual: "11")
    var whole = Check("names", "Names are safe")
    whole.note = "2 files"
    let skipped = Check("signature", "Signed").skipping("the package is not signed")
    return Verification(
      package: "x-soc2-2026", form: .folder, files: 2, bytes: 30, checks: [whole, changed, skipped])
  }()

  @Test func tableIsForPeople() {
    #expect(
      Self.verification.table == """
        x-soc2-2026 (folder, 2 files, 30 bytes)

          ok       names      Names are safe (2 files)
          FAILED   manifest   1 finding
            data/a\\u{1b}[2J.csv: other bytes [manifest.changed]
              expected 00
              actual   11
          skipped  signature  the package is not signed

        NOT VALID: 1 finding in 1 of 3 checks, 1 skipped

        """)
  }

  @Test func jsonIsForPrograms() {
    #expect(
      Self.verification.json == """
        {
          "schema": "vouch-verify/1",
          "package": "x-soc2-2026",
          "form": "folder",
          "files": 2,
          "bytes": 30,
          "valid": false,
          "checks": [
            {"id": "names", "title": "Names are safe", "outcome": "ok", "note": "2 files", "findings": []},
            {"id": "manifest", "title": "Every payload file is listed and has its digest", "outcome": "failed", "note": "", "findings": [
              {"id": "manifest.changed", "file": "data/a\\u001b[2J.csv", "text": "other bytes", "expected": "00", "actual": "11"}
            ]},
            {"id": "signature", "title": "Signed", "outcome": "skipped", "reason": "the package is not signed", "note": "", "findings": []}
          ]
        }

        """)
    #expect((try? JSON.parse(Array(Self.verification.json.utf8))) != nil)
  }

  @Test func sameInputGivesTheSameBytes() throws {
    let sample = try Sample()
    for path in try sample.evidence() { try sample.flip(path) }
    let first = try sample.verify()
    let second = try sample.verify()
    #expect(first.json == second.json)
    #expect(first.findings.count > 6)
  }

  @Test func progressReachesTheEnd() throws {
    let sample = try Sample()
    let last = Mutex(VerifyProgress(done: 0, total: 1))
    let result = try PackageVerifier.verify(sample.root) { progress in
      last.withLock { if progress.done > $0.done { $0 = progress } }
    }
    #expect(last.withLock { $0.done } == result.bytes)
    #expect(last.withLock { $0.total } == result.bytes)
    withExtendedLifetime(sample) {}
  }
}
