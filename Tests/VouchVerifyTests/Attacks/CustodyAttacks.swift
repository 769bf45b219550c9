import Foundation

/// Changes to the custody ledger and to the signature.
enum CustodyAttacks {
  static let all = ledger + rewritten + signature

  private static let file = "data/evidence/ledger.jsonl"

  /// The chain as it is, or with lines changed, moved and taken out.
  private static let ledger: [Tamper] = [
    Tamper("an entry changed", .all, ["ledger.changed": "ledger.jsonl:2"]) {
      try $0.editLedger { $0[1] = $0[1].replacingOccurrences(of: "collector\"", with: "someone\"") }
    },
    Tamper("the last entry changed", .all, ["ledger.head": "ledger.jsonl:5"]) {
      try $0.editLedger { $0[4] = $0[4].replacingOccurrences(of: "vm1", with: "vm2") }
    },
    Tamper(
      "an entry taken out", .all,
      [
        "ledger.hole": "ledger.jsonl:4", "ledger.cut": "ledger.jsonl:4",
      ]
    ) { try $0.editLedger { $0.remove(at: 3) } },
    Tamper(
      "the first entry taken out", .all,
      [
        "ledger.hole": "ledger.jsonl:1", "ledger.cut": "ledger.jsonl:4",
        "ledger.unrecorded": "data/evidence/jira/",
      ]
    ) { try $0.editLedger { $0.remove(at: 0) } },
    Tamper("the tail cut off", .all, ["ledger.cut": "ledger.jsonl:3"]) {
      try $0.editLedger { $0.removeLast(2) }
    },
    Tamper(
      "the end of the last line cut off", .all,
      [
        "ledger.cut": "ledger.jsonl:5", "ledger.malformed": "ledger.jsonl:5",
        "ledger.head": "ledger.jsonl:5",
      ]
    ) { try $0.write(file, try $0.bytes(file).dropLast(30).map { $0 }) },
    Tamper(
      "all entries cut off", .all,
      [
        "ledger.cut": "ledger.jsonl:0", "ledger.unrecorded": "data/evidence/",
      ]
    ) { try $0.write(file, "") },
    Tamper(
      "two entries swapped", .all,
      [
        "ledger.reordered": "ledger.jsonl:3", "ledger.backdated": "ledger.jsonl:3",
      ]
    ) { try $0.editLedger { $0.swapAt(1, 2) } },
    Tamper(
      "an entry added at the end", .all,
      [
        "ledger.appended": "ledger.jsonl:6", "ledger.repeated": "ledger.jsonl:6",
      ]
    ) { try $0.editLedger { $0.append($0[4]) } },
    Tamper(
      "an entry that is no JSON", .all,
      [
        "ledger.malformed": "ledger.jsonl:4", "ledger.changed": "ledger.jsonl:4",
      ]
    ) { try $0.editLedger { $0[3] = "nothing failed" } },
    Tamper(
      "an entry that two readers read differently", .all,
      [
        "ledger.malformed": "ledger.jsonl:4", "ledger.changed": "ledger.jsonl:4",
      ]
    ) {
      try $0.editLedger {
        $0[3] = $0[3].replacingOccurrences(
          of: "\"kind\":", with: "\"kind\":\"preserved\",\"kind\":")
      }
    },
    Tamper(
      "a failure turned into nothing", .all,
      [
        "ledger.malformed": "ledger.jsonl:4", "ledger.changed": "ledger.jsonl:4",
      ]
    ) { try $0.editLedger { $0[3] = $0[3].replacingOccurrences(of: "failed", with: "skipped") } },
    Tamper(
      "the ledger left out", .all,
      [
        "ledger.missing": "ledger.jsonl", "layout.missing": "ledger.jsonl",
      ]
    ) { try $0.remove(file) },
    Tamper("the head in bag-info.txt changed", .tags, ["ledger.head": "ledger.jsonl:5"]) {
      try $0.setLabel("Vouch-Ledger-Head", String(repeating: "a", count: 64))
    },
  ]

  /// Chains made anew by someone who also rewrites `bag-info.txt`.
  private static let rewritten: [Tamper] = [
    Tamper("an entry backdated, the chain made anew", .all, ["ledger.backdated": "ledger.jsonl:4"])
    {
      try $0.rechain { $0[3] = $0[3].replacingOccurrences(of: "2026-09-04", with: "2026-08-04") }
    },
    Tamper(
      "evidence received before it was collected", .all, ["ledger.backdated": "ledger.jsonl:2"]
    ) {
      try $0.rechain {
        $0[1] = $0[1].replacingOccurrences(
          of: "\"collected_at\":",
          with: "\"received_at\":\"2026-08-01T00:00:00Z\",\"collected_at\":")
      }
    },
    Tamper("an entry taken out, the chain made anew", .all, ["ledger.hole": "ledger.jsonl:4"]) {
      try $0.rechain { $0.remove(at: 3) }
    },
    Tamper(
      "a chain that begins with another one's end", .all, ["ledger.cut-head": "ledger.jsonl:1"]
    ) {
      try $0.rechain { _ in }
      try $0.continueChain(from: String(repeating: "b", count: 64))
    },
    Tamper(
      "a digest changed in the ledger, the chain made anew", .all,
      [
        "ledger.evidence-changed": "data/evidence/okta/"
      ]
    ) {
      try $0.rechain { lines in
        guard let range = lines[1].range(of: "\",\"size\"") else { return }
        let last = lines[1].index(before: range.lowerBound)
        lines[1].replaceSubrange(last...last, with: lines[1][last] == "0" ? "1" : "0")
      }
    },
    Tamper(
      "a size changed in the ledger, the chain made anew", .all,
      [
        "ledger.evidence-size": "data/evidence/jira/"
      ]
    ) {
      try $0.rechain { $0[0] = $0[0].replacingOccurrences(of: "\"size\":", with: "\"size\":1") }
    },
    Tamper(
      "an entry invented, the chain made anew", .all, ["ledger.evidence-missing": "ledger.jsonl:6"]
    ) {
      try $0.rechain {
        let line = $0[1].replacingOccurrences(of: "\"seq\":2", with: "\"seq\":6")
          .replacingOccurrences(of: "okta", with: "entra")
          .replacingOccurrences(of: "09-02", with: "09-06")
        $0.append(line)
      }
    },
    Tamper(
      "evidence and ledger changed together", .all,
      [
        "oscal.dangling": "assessment-results.xml", "package.file": "package.xml",
      ]
    ) { sample in
      let old = try sample.evidence("pager")
      let text = "{\"incidents\":[1]}\n"
      try sample.write(old, text)
      let digest = try Shell.run(["sha256sum", sample.place(old)]).prefix(64)
      let name = String(old.split(separator: "/")[3].dropFirst(12))
      try sample.move(old, to: "data/evidence/pager/\(digest.prefix(12))\(name)")
      try sample.rechain { lines in
        for index in [2, 4] {
          lines[index] = lines[index].replacing(/"sha256":"[0-9a-f]+","size":[0-9]+/) { _ in
            "\"sha256\":\"\(digest)\",\"size\":\(text.utf8.count)"
          }
        }
      }
    },
  ]

  private static let signature: [Tamper] = [
    Tamper("signed by a stranger", ["signature.unknown-key": "tagmanifest-sha256.txt.sig"]) {
      try $0.sign(try Sample.keys.otherKey)
    },
    Tamper("signed for another purpose", ["signature.namespace": "tagmanifest-sha256.txt.sig"]) {
      try $0.sign(try Sample.keys.key, purpose: "git")
    },
    Tamper("the signature of another package", ["signature.other": "tagmanifest-sha256.txt.sig"]) {
      let manifest = try $0.read("tagmanifest-sha256.txt")
      try $0.write("tagmanifest-sha256.txt", String(repeating: "0", count: 64) + "  bagit.txt\n")
      try $0.sign(try Sample.keys.key)
      try $0.write("tagmanifest-sha256.txt", manifest)
    },
    Tamper("manifests made anew without the key", ["signature.other": "tagmanifest-sha256.txt.sig"])
    {
      let signature = try $0.read("tagmanifest-sha256.txt.sig")
      try $0.write("data/reperform/README.txt", "changed\n")
      try $0.seal()
      try $0.write("tagmanifest-sha256.txt.sig", signature)
    },
    Tamper(
      "the same, and nobody gave a list of signers",
      [
        "signature.other": "tagmanifest-sha256.txt.sig"
      ], options: { $0.signers = nil }
    ) {
      let signature = try $0.read("tagmanifest-sha256.txt.sig")
      try $0.write("data/reperform/README.txt", "changed\n")
      try $0.seal()
      try $0.write("tagmanifest-sha256.txt.sig", signature)
    },
    Tamper("the signature removed", ["signature.missing": "tagmanifest-sha256.txt.sig"]) {
      try $0.remove("tagmanifest-sha256.txt.sig")
    },
    Tamper("the signature spoilt", ["signature.malformed": "tagmanifest-sha256.txt.sig"]) {
      try $0.write("tagmanifest-sha256.txt.sig", "signed, me\n")
    },
    Tamper("a bit of the signature flipped", ["signature.other": "tagmanifest-sha256.txt.sig"]) {
      // The last line but one ends in the signature's own bytes.
      let lines = try $0.read("tagmanifest-sha256.txt.sig").split(separator: "\n")
      var last = Array(lines[lines.count - 2])
      last[2] = last[2] == "A" ? "B" : "A"
      let changed =
        lines.dropLast(2).map(String.init) + [String(last), String(lines[lines.count - 1])]
      try $0.write("tagmanifest-sha256.txt.sig", changed.joined(separator: "\n") + "\n")
    },
    Tamper(
      "a key that has expired", ["signature.expired": "tagmanifest-sha256.txt.sig"],
      options: { $0.signers = try Sample.keys.expired }
    ) { _ in },
    Tamper(
      "a key that is not yet valid", ["signature.not-yet-valid": "tagmanifest-sha256.txt.sig"],
      options: { $0.signers = try Sample.keys.notYetValid }
    ) { _ in },
    Tamper(
      "a key for commits only", ["signature.not-permitted": "tagmanifest-sha256.txt.sig"],
      options: { $0.signers = try Sample.keys.otherPurpose }
    ) { _ in },
    Tamper(
      "a list that does not have the key", ["signature.unknown-key": "tagmanifest-sha256.txt.sig"],
      options: { $0.signers = try Sample.keys.stranger }
    ) { _ in },
    Tamper(
      "a signer other than the one asked for",
      ["signature.unknown-key": "tagmanifest-sha256.txt.sig"],
      options: { $0.signer = "boss@example" }
    ) { _ in },
    Tamper(
      "no time stamp, though an authority is given",
      ["timestamp.missing": "tagmanifest-sha256.txt.tsr"],
      options: { $0.authority = try Sample.keys.signers }
    ) { _ in },
  ]
}

extension Sample {
  /// Changes lines and leaves the rest as it is.
  fileprivate func editLedger(_ edit: (inout [String]) -> Void) throws {
    var lines = try ledger()
    edit(&lines)
    try write("data/evidence/ledger.jsonl", lines.map { $0 + "\n" }.joined())
  }

  /// Changes lines, chains them anew and names the new end.
  fileprivate func rechain(_ edit: (inout [String]) -> Void) throws {
    var lines = try ledger()
    edit(&lines)
    try chain(lines)
  }

  fileprivate func continueChain(from previous: String) throws {
    try SampleBuilder.writeLedger(try ledger(), in: root, from: previous)
  }
}
