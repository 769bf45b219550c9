import VouchModel

/// Whether the custody ledger is one unbroken chain, and the evidence is what it says.
struct LedgerCheck {
  private let context: Context
  private let ledger: Ledger
  /// Numbers of the entries by their lines.
  private let numbers: [Int: Int]
  private let file = PackageLayout.ledger
  private var check: Check

  static func run(_ context: Context) -> Check {
    var check = Check("ledger", "The custody ledger is one chain, and the evidence is what it says")
    if context.redactedFrom != nil {
      return check.skipping("a redacted copy: the raw evidence is not in it")
    }
    guard let ledger = context.ledger else {
      check.find("missing", PackageLayout.ledger, "is missing or cannot be read")
      return check
    }
    var run = LedgerCheck(context, ledger, check)
    run.examineChain()
    run.examineTimes()
    run.examineHead()
    run.examineFiles()
    let late = ledger.entries.filter { $0.collectedAt > context.asOf ?? $0.collectedAt }.count
    let redacted = context.redactions.copies.count
    run.check.note =
      "\(ledger.lineDigests.count) entries" + (late > 0 ? ", \(late) after the as-of date" : "")
      + (redacted > 0 ? ", \(redacted) files with secrets REDACTED, see data/secrets.csv" : "")
    return run.check.sorted()
  }

  private init(_ context: Context, _ ledger: Ledger, _ check: Check) {
    self.context = context
    self.ledger = ledger
    self.check = check
    numbers = Dictionary(
      ledger.entries.map { ($0.line, $0.sequence) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func find(
    _ id: String, _ line: Int, _ text: String, expected: String? = nil, actual: String? = nil
  ) {
    check.find(id, "\(file):\(line)", text, expected: expected, actual: actual)
  }

  // MARK: The chain

  private mutating func examineChain() {
    for fault in ledger.faults { find(fault.id, fault.line, fault.text) }
    examineSequence()
    for entry in ledger.entries {
      let before = entry.line == 1 ? Digest.zero : ledger.lineDigests[entry.line - 2]
      guard entry.previous != before, isInOrder(entry) else { continue }
      if entry.line == 1 {
        find(
          "cut-head", 1, "the first entry names one before it", expected: before.hex,
          actual: entry.previous.hex)
      } else {
        find(
          "changed", entry.line - 1, "is not the entry that the next one was chained to",
          expected: entry.previous.hex, actual: before.hex)
      }
    }
  }

  /// Whether the entry stands where its number says, so that a broken link is not just the mark
  /// of a missing or moved entry.
  private func isInOrder(_ entry: Ledger.Entry) -> Bool {
    if entry.line == 1 { return entry.sequence == 1 }
    return numbers[entry.line - 1].map { $0 == entry.sequence - 1 } ?? true
  }

  /// Numbers count from 1. One that never occurs is a hole, one in the wrong place was moved.
  private mutating func examineSequence() {
    // A line that cannot be read has been reported, and is not missing.
    let known = Set(numbers.values).union(ledger.faults.map(\.line))
    var highest = 0
    var seen: Set<Int> = []
    for entry in ledger.entries {
      let number = entry.sequence
      if !seen.insert(number).inserted {
        find("repeated", entry.line, "has the number \(number), which another entry has")
      } else if number < highest {
        find("reordered", entry.line, "has the number \(number) and stands behind \(highest)")
      } else if let first = firstMissing(after: highest, before: number, known) {
        find("hole", entry.line, "entry \(first) is missing before this one")
      }
      highest = max(highest, number)
    }
  }

  private func firstMissing(after low: Int, before high: Int, _ known: Set<Int>) -> Int? {
    var number = low + 1
    while number < high, known.contains(number) { number += 1 }
    return number < high ? number : nil
  }

  private mutating func examineTimes() {
    var latest: Ledger.Entry?
    for entry in ledger.entries {
      if let before = latest, entry.collectedAt < before.collectedAt {
        find(
          "backdated", entry.line, "was collected before the entry in front of it",
          expected: "\(before.collectedAt) or later", actual: "\(entry.collectedAt)")
      } else {
        latest = entry
      }
      if let received = entry.receivedAt, received < entry.collectedAt {
        find(
          "backdated", entry.line, "was received before it was collected",
          expected: "\(entry.collectedAt) or later", actual: "\(received)")
      }
    }
  }

  /// The chain's end against `bag-info.txt`, which shows a tail that was cut off.
  private mutating func examineHead() {
    guard let head = context.ledgerHead, let count = context.ledgerEntries else { return }
    let lines = ledger.lineDigests.count
    if lines < count {
      find(
        "cut", lines, "the chain's last entries are missing", expected: "\(count) entries",
        actual: String(lines))
    } else if lines > count {
      find(
        "appended", lines, "the chain goes on behind its end", expected: "\(count) entries",
        actual: String(lines))
    } else if ledger.lineDigests.last ?? .zero != head {
      find(
        "head", lines, "is not the last entry that bag-info.txt names", expected: head.hex,
        actual: ledger.lineDigests.last?.hex)
    }
  }

  // MARK: The evidence

  /// Every preserved entry has its file, and every file an entry.
  private mutating func examineFiles() {
    var byAddress: [String: [Ledger.Entry]] = [:]
    for entry in ledger.entries {
      if let address = Ledger.address(of: entry) { byAddress[address, default: []].append(entry) }
    }
    var found: Set<String> = []
    for path in context.package.files.keys.sorted()
    where path.isIn("data/evidence") && path != file {
      guard let address = Ledger.address(of: path), let entries = byAddress[address] else {
        check.find("unrecorded", path, "is evidence that no entry of the ledger names")
        continue
      }
      found.insert(address)
      compare(path, with: entries)
    }
    for (address, entries) in byAddress where !found.contains(address) {
      find(
        "evidence-missing", entries[0].line, "its evidence is not there", expected: "\(address)-…")
    }
  }

  private mutating func compare(_ path: BagPath, with entries: [Ledger.Entry]) {
    guard let facts = context.facts[path], let digest = facts.digest, let entry = entries.first
    else { return }
    guard let match = entries.first(where: { $0.digest == digest }) else {
      check.find(
        "evidence-changed", path, "is not what the ledger has in line \(entry.line)",
        expected: entry.digest?.hex, actual: digest.hex)
      return
    }
    if match.size != facts.size {
      check.find(
        "evidence-size", path, "has another size than the ledger has in line \(match.line)",
        expected: String(match.size), actual: String(facts.size))
    }
  }
}
