import Testing
import VouchModel

@testable import VouchCollectors

private let digest = String(repeating: "ab", count: 32)

@Suite struct AttestationTests {
  private func read(_ text: String, zone: String? = "Europe/Berlin") throws -> [String] {
    try linesRead(by: AttestationCollector.self, text, zone: zone)
  }

  @Test func readsAListOfStatements() throws {
    let lines = try read(
      """
      attestations:
        - attestation: ATT-1
          control: PHY-01
          person: p1017
          role: facility manager
          date: 2026-09-30
          period: 2026-Q3
          covers: [exceptions, user_controls]
          refers_to: site-ber
          attachment: {file: report.pdf, sha256: \(digest)}
          statement: I read the report.
      """)
    #expect(
      lines == [
        #"L2 attestation attestation_id=ATT-1 control_id=PHY-01 statement=I read the report. covers=["exceptions","user_controls"] person_id=p1017 role=facility manager made_at=2026-09-29T22:00:00Z period_from=2026-06-30T22:00:00Z period_to=2026-09-30T22:00:00Z attachment_digest=\#(digest) refers_to=site-ber"#
      ])
  }

  @Test func readsMinutesInMarkdownAsTheirOwnAttachment() throws {
    let body = "# Minutes\n\nPresent: *all*\n"
    let lines = try read(
      "---\nattestation: ATT-2\ncontrol: GOV-02\nperson: p1\ndate: 2026-08-01T10:00:00Z\n"
        + "covers: attendees, security\nattachment: self\n---\n" + body, zone: nil)
    #expect(
      lines == [
        #"L2 attestation attestation_id=ATT-2 control_id=GOV-02 statement=# Minutes"# + "\n\n"
          + #"Present: *all* covers=["attendees","security"] person_id=p1 made_at=2026-08-01T10:00:00Z attachment_digest=\#(Digest.sha256(body))"#
      ])
  }

  @Test func refusesAStatementWithoutPersonDateOrAttachment() throws {
    #expect(
      try read("- attestation: ATT-3\n  control: X-1\n  statement: All is well.\n") == [
        "attestation.incomplete #L1 the attestation does not say: person, date, attachment: {sha256: ...}",
        "incomplete",
      ])
  }

  @Test func refusesADigestThatIsNone() throws {
    let lines = try read(
      "attestation: A\ncontrol: X\nperson: p\ndate: 2026-08-01\nstatement: s\n"
        + "attachment: {file: a.pdf, sha256: abc}\n")
    #expect(
      lines == [
        "attestation.digest #L6 'attachment.sha256' is no SHA-256: it has to be 64 hexadecimal digits",
        "incomplete",
      ])
  }

  @Test func namesAMisspeltField() throws {
    let lines = try read(
      "attestation: A\ncontrol: X\npersn: p\nperson: p\ndate: 2026-08-01\nstatement: s\n"
        + "attachment: {file: a.pdf, sha256: \(digest)}\n")
    #expect(
      lines.contains("attestation.field #L3 there is no field 'persn'; did you mean 'person'?"))
  }

  @Test(arguments: [
    "a: &x [1]\nb: *x\n", "attestation: A\nperson: [*p]\n",
  ]) func refusesAnchors(_ text: String) throws {
    #expect(try read(text).first?.hasPrefix("attestation.not-yaml #L") == true)
  }

  @Test(arguments: [
    "[", "a: b: c", "- x\n- y\n", String(repeating: "[", count: 100_000), "a: 1\na: 2\n", "",
  ]) func refusesWhatIsNoListOfEntries(_ text: String) throws {
    #expect(try read(text).last == "incomplete")
  }
}

@Suite struct PolicyDocumentsTests {
  private func read(_ text: String) throws -> [String] {
    try linesRead(by: PolicyDocumentsCollector.self, text, zone: "UTC")
  }

  @Test func readsAnIndex() throws {
    let lines = try read(
      """
      documents:
        - document: POL-07
          kind: policy
          version: "3.10"
          owner: p1
          author: p2
          approver: p3
          approved: 2026-02-01
          effective: 2026-03-01
          required: yes
          sha256: sha256:\(digest)
          published: {date: 2026-03-02, sha256: \(digest)}
      """)
    #expect(
      lines == [
        "L2 document doc_id=POL-07 kind=policy version=3.10 owner_id=p1 author_id=p2 approver_id=p3 approved_at=2026-02-01T00:00:00Z effective_at=2026-03-01T00:00:00Z digest=\(digest) required=1 published_digest=\(digest) published_at=2026-03-02T00:00:00Z"
      ])
  }

  @Test func digestsTheTextBelowTheFrontMatter() throws {
    let body = "# Access\r\n\r\nLeast privilege.\n---\nrule\n"
    let lines = try read(
      "---\ndocument: POL-1\nversion: 1\napprover: p3\n---\n" + body)
    #expect(
      lines == [
        "L2 document doc_id=POL-1 version=1 approver_id=p3 stored_digest=\(Digest.sha256(body))"
      ])
  }

  @Test func refusesADocumentWithoutVersion() throws {
    #expect(
      try read("- document: POL-1\n  approver: p3\n") == [
        "policy_documents.incomplete #L1 the document does not say: version", "incomplete",
      ])
  }

  @Test(arguments: [
    ("attestations:\n- attestation: A\n  control: X\n", "attestation"),
    ("---\ncontrol: X\nattestation: A\n---\ntext\n", "attestation"),
    ("# list\ndocuments:\n  - document: P\n    version: 1\n", "policy_documents"),
    ("---\ndocument: P\nversion: 1\n---\ntext\n", "policy_documents"),
    ("# An attestation: control\n\ncontrol: x\n", nil),
    ("document,version\nP,1\n", nil),
  ]) func recognisesStatementsByTheirKeys(_ text: String, _ format: String?) {
    let head = Head(raw: Array(text.utf8), name: "file.md")
    #expect(Collectors.recognising(head)?.format == format)
  }
}
