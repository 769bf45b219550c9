import Foundation
import Testing
import VouchModel
import VouchVerify

@testable import Vouch

/// `secrets: {policy: redact}`: a package without the secrets of its evidence that says so, verifies
/// and can be computed again. All secrets are made up, and put together here.
@Suite struct SecretRedactionTests {
  private static func token(_ count: Int, _ shift: Int = 0) -> String {
    String((0..<count).map { Array("a1B2c3D4e5F6g7H8j9K0")[($0 + shift) * 7 % 20] })
  }

  /// By the name of the place they are planted in.
  private static let planted = [
    "evidence": "ghp_" + token(36, 1), "json key": token(64, 2), "argument": token(24, 3),
    "address": token(20, 4), "variable": token(28, 5), "header": token(32, 6),
    "shadow": token(86, 7),
  ]

  private static let workspace = """
    organization: {name: Test}
    system: {name: Books}
    zone: UTC
    period: 2026-Q3
    controls:
      IAM-01: {owner: p-001}
    secrets: {policy: POLICY}
    sources:
      accounts:
        file: evidence/inbox/*.csv
        format: table
        record: account
        columns: {account_id: id, source: system, status: status}
      notes: {file: evidence/inbox/*.txt}
      failing:
        command: {run: [sh, -c, 'echo "wrong token $VOUCH_TEST_TOKEN" >&2; exit 3'], environment: [PATH, VOUCH_TEST_TOKEN]}
      remote:
        http: {url: "http://127.0.0.1:9/api", headers: {Authorization: "Bearer ${VOUCH_TEST_HEADER}"}, retries: 0}

    """

  private func made(_ policy: String, _ folder: URL) throws {
    let inbox = folder.appending(path: "evidence/inbox")
    try FileManager.default.createDirectory(at: inbox, withIntermediateDirectories: true)
    let planted = Self.planted
    try "id,system,status\nu1,okta,active\n\(planted["evidence"] ?? ""),okta,active\n".write(
      to: inbox.appending(path: "accounts-2026-08-01.csv"), atomically: false, encoding: .utf8)
    let key =
      "{\"key\": \"-----BEGIN PRIVATE"
      + " KEY-----\\n\(planted["json key"] ?? "")\\n-----END PRIVATE"
      + " KEY-----\\n\"}"
    try """
    \(key)
    root:$6$saltsalt$\(planted["shadow"] ?? ""):19000:0:
    see https://ann:\(planted["address"] ?? "")@host.example/x

    """.write(to: inbox.appending(path: "note.txt"), atomically: false, encoding: .utf8)
    try Self.workspace.replacing("POLICY", with: policy).write(
      to: folder.appending(path: "vouch.yaml"), atomically: false, encoding: .utf8)
  }

  private func vouch(_ arguments: [String], _ folder: URL) throws -> Program.Result {
    try Program.run(
      try #require(Program.vouch, "build the product vouch first"), arguments, in: folder,
      environment: [
        "VOUCH_NOW": "2026-10-02T06:00:00Z", "VOUCH_OPERATOR": "p-001", "VOUCH_HOST": "collector",
        "VOUCH_TEST_TOKEN": Self.planted["variable"] ?? "",
        "VOUCH_TEST_HEADER": Self.planted["header"] ?? "",
      ])
  }

  private func expectNoSecret(_ text: String, _ place: String) {
    for (name, secret) in Self.planted {
      #expect(!text.contains(secret), "the secret planted as \(name) stands in \(place)")
    }
  }

  @Test func noPlantedSecretStandsInMessagesLedgerOrPackage() throws {
    try Program.inFolder { folder in
      try made("redact", folder)
      for command in ["collect", "check", "bundle"] {
        let result = try vouch([command], folder)
        #expect(result.status == 1, "\(command): \(result.err)")
        expectNoSecret(result.out + result.err, command)
      }
      let ledger = folder.appending(path: "evidence/ledger.jsonl")
      expectNoSecret(try String(contentsOf: ledger, encoding: .utf8), "the ledger")
      let package = folder.appending(path: "output/test-soc2-2026-Q3").path
      var count = 0
      for file in try FileManager.default.subpathsOfDirectory(atPath: package) {
        guard let bytes = FileManager.default.contents(atPath: "\(package)/\(file)") else {
          continue
        }
        expectNoSecret(String(decoding: bytes, as: UTF8.self), file)
        count += 1
      }
      #expect(count > 30)
      try expectDeclared(package)
    }
  }

  /// The package names what was replaced, is valid, and gives its verdicts again.
  private func expectDeclared(_ package: String) throws {
    let declared = try String(contentsOfFile: package + "/data/secrets.csv", encoding: .utf8)
    for kind in [SecretKind.githubToken, .privateKey, .passwordHash, .passwordInAddress] {
      #expect(declared.contains(",\(kind.rawValue),redacted,"), "\(kind)")
    }
    let check = try String(contentsOfFile: package + "/data/check.json", encoding: .utf8)
    #expect(check.contains("secrets.redacted"))
    for path in [package, package + ".zip"] {
      let result = try PackageVerifier.verify(path)
      #expect(result.isValid, "\(result.table)")
      #expect(result.table.contains("2 files with secrets REDACTED"), "\(result.table)")
    }
    let again = try Workspace.reperform(package)
    #expect(again.isSame && again.controls == 1, "\(again.differences)")
    // Somebody who changes a redacted copy is found out all the same.
    let evidence = try FileManager.default.subpathsOfDirectory(atPath: package).first {
      $0.hasPrefix("data/evidence/accounts/")
    }
    let file = package + "/" + (try #require(evidence))
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains("ghp_********"))
    try text.replacing("u1,okta,active", with: "u2,okta,active").write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(try !PackageVerifier.verify(package).isValid)
  }

  @Test func declaringListsWhatIsPackedAsItIs() throws {
    try Program.inFolder { folder in
      try made("declare", folder)
      _ = try vouch(["collect"], folder)
      #expect(try vouch(["bundle"], folder).status == 1)
      let package = folder.appending(path: "output/test-soc2-2026-Q3").path
      let declared = try String(contentsOfFile: package + "/data/secrets.csv", encoding: .utf8)
      #expect(declared.contains(",a GitHub token,declared,"))
      expectNoSecret(declared, "the declaration")
      #expect(try PackageVerifier.verify(package).isValid)
    }
  }

  @Test(arguments: [
    "http: {url: \"https://ann:hunter22@host.example/x\"}",
    "http: {url: \"https://host.example/x?access_token=abcdef123\"}",
    "http: {url: \"https://host.example/x\", headers: {X-Api-Key: abcdef123}}",
    "command: [tool, --password=abcdef123]",
  ])
  func aSecretWrittenIntoTheConfigurationStopsThePackage(source: String) throws {
    try Program.inFolder { folder in
      try """
      organization: {name: Test}
      system: {name: Books}
      zone: UTC
      period: 2026-Q3
      controls: {IAM-01: {owner: p-001}}
      secrets: {policy: declare}
      sources:
        one: {\(source)}

      """.write(to: folder.appending(path: "vouch.yaml"), atomically: false, encoding: .utf8)
      let result = try vouch(["bundle"], folder)
      #expect(result.status == 65, "\(result.err)")
      #expect(result.err.contains("[secrets.configuration]"), "\(result.err)")
      #expect(!result.err.contains("abcdef123") && !result.err.contains("hunter22"))
    }
  }

  @Test(arguments: SecretTests.samples.indices)
  func whatIsMaskedIsNoLongerFound(index: Int) {
    let (kind, text) = SecretTests.samples[index]
    let before = Array("{\"a\": \"one\ntwo \(text)\", \"b\": 1}\n".utf8)
    let (masked, found) = SecretMask.masked(before)
    #expect(found.map(\.kind).contains(kind))
    #expect(SecretScanner.scan(masked).isEmpty)
    #expect(masked.count == before.count)
    #expect(
      masked.filter { $0 == 0x0A || $0 == 0x22 || $0 == 0x2C }.count
        == before.filter { $0 == 0x0A || $0 == 0x22 || $0 == 0x2C }.count)
  }
}
