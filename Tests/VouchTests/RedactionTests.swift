import Foundation
import Testing
import VouchModel
import VouchVerify

@testable import Vouch

/// The copy for an audience that may not see everything.
@Suite struct RedactionTests {
  private static let policy = """
    name: copy for customers
    columns: [person.person_id, asset.hostname]
    patterns: ['10\\.20\\.[0-9]+\\.[0-9]+']
    words: [Northlight Books]
    """

  private struct Made {
    let demo: DemoWorkspace
    let full: String
    let copy: Workspace.Redacted
    /// What must stand nowhere any more.
    let secrets: [String]
  }

  private static let made = Result {
    let demo = try DemoWorkspace()
    let full = try demo.bundle().receipt.folder
    let file = demo.path + "/policy.yaml"
    try policy.write(toFile: file, atomically: true, encoding: .utf8)
    let copy = try Workspace.redact(full, policy: file)
    var secrets = ["Northlight Books"]
    let answer = try MachineTool.run([
      "sqlite3", full + "/data/reperform/records.sqlite",
      "SELECT DISTINCT hostname FROM asset WHERE hostname LIKE '%.%'",
    ])
    secrets += answer.output.split(separator: "\n").map(String.init)
    return Made(demo: demo, full: full, copy: copy, secrets: secrets)
  }

  @Test func noReplacedValueStandsInAnyFileOfTheCopy() throws {
    let made = try Self.made.get()
    try #require(made.secrets.count > 3)
    let files = try FileManager.default.subpathsOfDirectory(atPath: made.copy.folder)
    #expect(files.contains("data/reperform/records.sqlite"))
    for secret in made.secrets {
      let grep = try MachineTool.run(["grep", "-rlaiF", secret, made.copy.folder])
      #expect(grep.output.isEmpty, "a value stands in \(grep.output)")
      #expect(!files.contains { $0.contains(secret) })
    }
    let addresses = try MachineTool.run([
      "grep", "-rlaE", "10\\.20\\.[0-9]+\\.[0-9]+", made.copy.folder,
    ])
    #expect(addresses.output.isEmpty, "an address stands in \(addresses.output)")
    let people = try MachineTool.run(["grep", "-rlawE", "p-00[0-9]", made.copy.folder])
    #expect(people.output.isEmpty, "a person stands in \(people.output)")
    // The full package has them, so the search would have found them.
    let there = try MachineTool.run(["grep", "-rlaF", made.secrets[1], made.full])
    #expect(!there.output.isEmpty)
  }

  @Test func verifyAcceptsTheCopyAndSaysWhatItIs() throws {
    let made = try Self.made.get()
    for path in [made.copy.folder, made.copy.archive] {
      let result = try PackageVerifier.verify(path)
      #expect(result.isValid, "\(result.table)")
      #expect(result.table.contains("REDACTED COPY of "))
      #expect(result.table.contains("raw evidence is not in it"))
    }
    let page = try String(contentsOfFile: made.copy.folder + "/START-HERE.html", encoding: .utf8)
    #expect(page.contains("REDACTED COPY"))
    let digest = try Data(contentsOf: URL(filePath: made.full + "/tagmanifest-sha256.txt"))
    #expect(page.contains(Digest.sha256(digest).hex))
  }

  @Test func reperformSaysThatItCannot() throws {
    let made = try Self.made.get()
    #expect { try Workspace.reperform(made.copy.folder) } throws: {
      ($0 as? Refusal)?.diagnostics.map(\.id) == ["package.redacted"]
    }
  }

  @Test func oneValueCanBeProvedWithStandardTools() throws {
    guard MachineTool.has("openssl"), MachineTool.has("xxd") else { return }
    let made = try Self.made.get()
    let salt = try String(contentsOfFile: made.copy.saltFile, encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let script = """
      KEY=$(printf %s "$2" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$1 | sed 's/.*= //')
      (printf %s "$KEY" | xxd -r -p; printf %s "$2") | sha256sum
      """
    let answer = try MachineTool.run(["sh", "-c", script, "sh", salt, made.secrets[1]])
    let values = try String(
      contentsOfFile: made.copy.folder + "/data/redaction/values.csv", encoding: .utf8)
    #expect(values.contains(answer.output.prefix(64)))
    let mode = try FileManager.default.attributesOfItem(atPath: made.copy.saltFile)
    #expect(mode[.posixPermissions] as? Int == 0o600)
    #expect(!made.copy.saltFile.hasPrefix(made.copy.folder + "/"))
  }

  @Test func aNoteThatNamesOtherEvidenceIsFound() throws {
    let made = try Self.made.get()
    let copy = made.demo.path + "/changed/" + (made.copy.folder as NSString).lastPathComponent
    try FileManager.default.createDirectory(
      atPath: made.demo.path + "/changed", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: made.copy.folder, toPath: copy)
    let note = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: copy).sorted().first {
        $0.hasPrefix("data/evidence/nessus/")
      })
    let text = try String(contentsOfFile: "\(copy)/\(note)", encoding: .utf8)
    try text.replacing("SHA-256: ", with: "SHA-256: 0").write(
      toFile: "\(copy)/\(note)", atomically: true, encoding: .utf8)
    let ids = try PackageVerifier.verify(copy).findings.map(\.id)
    #expect(ids.contains("redaction.digest"), "\(ids)")
  }

  @Test(arguments: [
    ("columns: [person.person_d]", "did you mean 'person_id'?"),
    ("columns: [nobody.name]", "no record type"),
    ("patterns: ['(']", "no regular expression"), ("name: x", "replaces nothing"),
  ])
  func aWrongPolicyIsNamed(text: String, words: String) {
    do throws(Refusal) {
      _ = try RedactionPolicy(text: text, file: "p.yaml")
      Issue.record("accepted")
    } catch {
      #expect(error.diagnostics.contains { $0.rendered.contains(words) })
    }
  }

  @Test func aValueIsReplacedHoweverItIsWritten() {
    var redactor = Redactor(salt: Array(repeating: 7, count: 32))
    redactor.add("Ann \"A&B\" Lee")
    redactor.add("bob")
    for text in [
      "Ann \"A&B\" Lee", "Ann &quot;A&amp;B&quot; Lee", "Ann \\\"A&B\\\" Lee",
      "Ann \"\"A&B\"\" Lee", "ann%20%22a%26b%22%20lee", "xAnn__A_B__Lee.json", "bob", ">bob<",
    ] {
      #expect(redactor.remains(in: Array(text.utf8)), "\(text)")
      #expect(redactor.redacted(text).contains("redacted-"), "\(text)")
      #expect(!redactor.remains(in: Array(redactor.redacted(text).utf8)))
    }
    #expect(redactor.redacted("bobsleigh") == "bobsleigh")
  }
}
