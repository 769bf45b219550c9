import Foundation
import Testing
import VouchModel

@testable import Vouch

/// Secrets in evidence are found before they are packed, and told by place. All are made up, and
/// put together here so that no scanner finds them in this file.
@Suite struct SecretTests {
  private static func token(_ count: Int) -> String {
    String((0..<count).map { Array("a1B2c3D4e5F6g7H8j9K0")[$0 * 7 % 20] })
  }
  private static let key =
    "-----BEGIN OPENSSH PRIVATE" + " KEY-----\n" + token(64) + "\n-----END OPENSSH PRIVATE KEY-----"

  static let samples: [(SecretKind, String)] = [
    (.privateKey, key), (.privateKey, key.replacing("\n", with: "\\n")),
    (.privateKey, "PuTTY-User-Key-" + "File-3: ssh-ed25519"),
    (.awsKey, "AKIA" + "ABCDEFGHIJKLMNOP\",\"secret\":\"" + token(40) + "\""),
    (.githubToken, "ghp_" + token(36)), (.githubToken, "github_pat_" + token(40)),
    (.gitlabToken, "glpat-" + token(20)), (.slackToken, "xoxb-" + "123456789012-" + token(24)),
    (.googleKey, "AIza" + token(35)), (.oktaToken, "Authorization: SSWS " + "00" + token(40)),
    (.passwordHash, "root:$6$" + token(16) + "$" + token(86) + ":19000:0:99999:7:::"),
    (.passwordHash, "u:$y$j9T$" + token(22) + "$" + token(43) + ":"),
    (.jsonWebToken, "eyJ" + token(30) + ".eyJ" + token(60) + "." + token(43)),
    (.passwordInAddress, "postgres://app:" + "hunter22@db.example/books"),
  ]

  private func scan(_ text: String, pieces: Int = 1 << 18) -> [FoundSecret] {
    let bytes = Array(text.utf8)
    var at = 0
    return SecretScanner.scan { buffer, count in
      let n = min(count, pieces, bytes.count - at)
      buffer.copyMemory(from: Array(bytes[at..<at + n]), byteCount: n)
      at += n
      return n
    }
  }

  @Test(arguments: samples.indices)
  func findsEachKindWithItsLine(index: Int) {
    let (kind, text) = Self.samples[index]
    let found = scan("one\ntwo \(text)\nthree\n")
    #expect(found.map(\.kind) == [kind])
    #expect(found.map(\.line) == [2])
  }

  @Test(arguments: samples.indices)
  func findsItWhereverTwoPiecesMeet(index: Int) {
    let (kind, text) = Self.samples[index]
    for shift in [0, 1, 200, 1023, 1024, 1025, 2047] {
      let filling = String(repeating: "x\n", count: ((1 << 18) + shift) / 2)
      let found = scan(filling + text + "\n" + filling, pieces: 4096)
      #expect(found.map(\.kind) == [kind], "shift \(shift)")
      #expect(found.first?.line == ((1 << 18) + shift) / 2 + 1)
    }
  }

  /// What inventories, policies and manuals hold every day.
  @Test(arguments: [
    "AccessKeyId: AKIAABCDEFGHIJKLMNOP created 2026-01-01 status Active",
    "remove the line -----BEGIN RSA PRIVATE KEY----- from the file", "ghp_short", "SSWS ${TOKEN}",
    "https://user:REDACTED@host/ and https://user:***@host and https://host:8080/a@b",
    "https://example.com/?mail=a:b@c", "root:x:0:0:root:/root:/bin/bash", "user:$HOME:$PATH",
    "eyJust a word. eyJ.eyJ.x", "xoxb-not-a-token-but-long-enough-words", "root:!:19000::::::",
    "$6$ means SHA-512; see crypt(5)",
  ])
  func leavesOrdinaryTextAlone(text: String) {
    #expect(scan(text).map(\.kind) == [])
  }

  @Test func theSampleCompanyHoldsNone() throws {
    let objects = Program.root.appending(path: "evidence/objects")
    for case let file as URL in FileManager.default.enumerator(
      at: objects, includingPropertiesForKeys: nil) ?? .init()
    where !file.hasDirectoryPath {
      #expect(try SecretScanner.scan(file: file.path) == [], "\(file.lastPathComponent)")
    }
  }

  @Test func aCertainSecretStopsThePackageUntilItsFileIsAllowed() throws {
    try Program.inFolder { folder in
      let secret = Self.token(36)
      let inbox = folder.appending(path: "evidence/inbox")
      try FileManager.default.createDirectory(at: inbox, withIntermediateDirectories: true)
      try "id,system,status\nghp_\(secret),okta,active\n".write(
        to: inbox.appending(path: "a.csv"), atomically: false, encoding: .utf8)
      let digest = Digest.sha256("id,system,status\nghp_\(secret),okta,active\n")
      func bundle(_ extra: String) throws -> [Diagnostic] {
        try (Self.workspace + extra).write(
          to: folder.appending(path: "vouch.yaml"), atomically: false, encoding: .utf8)
        let workspace = try Workspace(path: folder.path)
        _ = try workspace.collect(
          [], now: { Instant(year: 2026, month: 10, day: 2) }, operator: "p", host: "h")
        return try workspace.bundle(period: try workspace.period(nil), asOf: nil).warnings
      }
      do {
        _ = try bundle("")
        Issue.record("a token was packed")
      } catch let refusal as Refusal {
        #expect(refusal.status == .data)
        #expect(refusal.diagnostics.map(\.id) == ["secrets.found"])
        #expect(refusal.diagnostics[0].at == "evidence/\(digest.short)#L2")
        #expect(!refusal.diagnostics[0].rendered.contains(secret))
        #expect(
          !FileManager.default.fileExists(
            atPath: folder.appending(path: "output/test-soc2-2026-Q3").path))
      }
      #expect(try bundle("secrets: {policy: declare}").map(\.id) == ["secrets.suspected"])
      let allow = "secrets: {allow: [{sha256: \(digest.short), reason: r, approver: p-1}]}"
      #expect(try bundle(allow) == [])
    }
  }

  private static let workspace = """
    organization: {name: Test}
    system: {name: Books}
    zone: UTC
    period: 2026-Q3
    controls:
      IAM-01: {owner: p-001}
    sources:
      accounts:
        file: evidence/inbox/*
        format: table
        record: account
        columns: {account_id: id, source: system, status: status}

    """
}
