import Foundation
import Testing
import VouchModel
import VouchStore

/// A folder of its own for each test, removed afterwards.
final class Folder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "vouch-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit {
    chmod(path + "/evidence", 0o700)
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ name: String, _ text: String) throws -> String {
    let file = "\(path)/\(name)"
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }

  var ledger: String { path + "/evidence/ledger.jsonl" }
}

func provenance(_ name: String, at seconds: Int64 = 1_782_864_000) -> Provenance {
  Provenance(
    source: "nessus", transport: "file", endpoint: "inbox/\(name)", name: name,
    parameters: ["b": "2", "a": "1"], operator: "p-001", host: "collector", collector: "vouch test",
    collectedAt: Instant(seconds: seconds))
}

struct EvidenceStoreTests {
  @Test func keepsBytesUnderTheirDigest() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    let file = try folder.write("a.nessus", "evidence")
    let entry = try #require(try store.preserve(file: file, provenance("a.nessus")))
    guard case .preserved(let digest, let size) = entry.kind else {
      Issue.record("not preserved")
      return
    }
    #expect(digest == Digest.sha256("evidence"))
    #expect(size == 8)
    #expect(try String(contentsOfFile: store.path(of: digest), encoding: .utf8) == "evidence")
  }

  @Test func aLedgerLineReadsBackAsItWasWritten() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    try store.preserve(bytes: Data("x".utf8), provenance("päth \"quoted\"\n.csv"))
    try store.noteFailure("no answer", provenance("b"))
    let again = try EvidenceStore(workspace: folder.path)
    #expect(again.entries == store.entries)
    #expect(again.head == store.head)
  }

  @Test func theSameFileIsNotNewEvidence() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    let file = try folder.write("a.csv", "a,b\n")
    #expect(try store.preserve(file: file, provenance("a.csv"), unlessHeld: true) != nil)
    #expect(try store.preserve(file: file, provenance("a.csv"), unlessHeld: true) == nil)
    #expect(store.entries.count == 1)
  }

  @Test func aClockSetBackDoesNotBreakTheOrder() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    try store.preserve(bytes: Data("1".utf8), provenance("1", at: 2000))
    try store.preserve(bytes: Data("2".utf8), provenance("2", at: 1000))
    #expect(store.entries[1].provenance.collectedAt.seconds == 2000)
    #expect(store.entries[1].provenance.parameters["clock"] == "1970-01-01T00:16:40Z")
  }

  @Test func bytesThatWereDamagedInTheStoreAreMendedByTheSameBytes() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    let file = try folder.write("a.nessus", "evidence")
    try store.preserve(file: file, provenance("a.nessus"))
    let object = store.path(of: .sha256("evidence"))
    chmod(object, 0o600)
    try "edited".write(toFile: object, atomically: false, encoding: .utf8)
    try store.preserve(file: file, provenance("b.nessus"))
    #expect(try String(contentsOfFile: object, encoding: .utf8) == "evidence")
  }

  @Test func whatAKilledRunLeftHalfWrittenIsClearedAway() throws {
    let folder = try Folder()
    let file = try folder.write("a.nessus", "evidence")
    let incoming = folder.path + "/evidence/incoming"
    try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
    try "evi".write(toFile: incoming + "/4711-1", atomically: false, encoding: .utf8)
    try EvidenceStore(workspace: folder.path).preserve(file: file, provenance("a.nessus"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: incoming) == [])
  }

  @Test func aLedgerThatCannotBeReadIsNotAnEmptyOne() throws {
    let folder = try Folder()
    try FileManager.default.createDirectory(
      atPath: folder.ledger, withIntermediateDirectories: true)
    do {
      _ = try EvidenceStore(workspace: folder.path)
      Issue.record("a folder was read as an empty ledger")
    } catch let refusal as Refusal {
      #expect(refusal.status == .io)
    }
  }

  @Test func aTornLastLineIsNoEntryAndIsReplaced() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    try store.preserve(bytes: Data("1".utf8), provenance("1"))
    let handle = try #require(FileHandle(forWritingAtPath: folder.ledger))
    handle.seekToEndOfFile()
    handle.write(Data("{\"seq\":2,\"prev\":\"ab".utf8))
    try handle.close()
    let again = try EvidenceStore(workspace: folder.path)
    #expect(again.entries.count == 1)
    try again.preserve(bytes: Data("2".utf8), provenance("2"))
    #expect(try EvidenceStore(workspace: folder.path).entries.count == 2)
  }

  /// Every way to change the ledger, each of which has to be found.
  static let attacks: [(String, @Sendable ([String]) -> [String])] = [
    ("swap two lines", { [$0[1], $0[0], $0[2]] }),
    ("drop the first line", { Array($0.dropFirst()) }),
    ("drop a line in the middle", { [$0[0], $0[2]] }),
    ("repeat a line", { [$0[0], $0[0], $0[1], $0[2]] }),
    ("backdate an entry", { $0.map { $0.replacing("2026-07-01", with: "2026-06-01") } }),
    (
      "change a digest",
      {
        [
          $0[0].replacing("sha256\":\"", with: "sha256\":\"0").replacing(
            "\",\"size", with: "\",\"size"), $0[1], $0[2],
        ]
      }
    ),
    ("change an operator", { [$0[0].replacing("p-001", with: "p-002"), $0[1], $0[2]] }),
    ("not JSON", { ["nonsense", $0[1], $0[2]] }),
  ]

  @Test(arguments: attacks.indices)
  func refusesAChangedLedger(attack: Int) throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    for n in 1...3 { try store.preserve(bytes: Data("\(n)".utf8), provenance("\(n)")) }
    let lines = try String(contentsOfFile: folder.ledger, encoding: .utf8)
      .split(separator: "\n").map(String.init)
    // Backdating the last line alone leaves the chain whole; all lines are changed here.
    let changed = Self.attacks[attack].1(lines).map { $0 + "\n" }.joined()
    chmod(folder.ledger, 0o600)
    try changed.write(toFile: folder.ledger, atomically: false, encoding: .utf8)
    #expect(throws: Refusal.self, "\(Self.attacks[attack].0)") {
      try EvidenceStore(workspace: folder.path)
    }
  }

  @Test func filesThatSettleTogetherCountWhenTheyHave() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    for n in 1...70 {
      let file = "\(folder.path)/\(n).csv"
      try "\(n % 40)\n".write(toFile: file, atomically: true, encoding: .utf8)
      try store.preserve(file: file, provenance("\(n).csv"), unlessHeld: true, together: true)
    }
    // 64 of them have settled by themselves; what has not is in no ledger.
    #expect(try EvidenceStore(workspace: folder.path).entries.count == 64)
    try store.settle()
    let reopened = try EvidenceStore(workspace: folder.path)
    #expect(reopened.entries == store.entries && reopened.head == store.head)
    #expect(reopened.entries.count == 70)
    #expect(
      try store.preserve(
        file: "\(folder.path)/1.csv", provenance("1.csv"), unlessHeld: true, together: true) == nil)
    // What settles alone comes behind what was waiting.
    let file = "\(folder.path)/1.csv"
    try store.preserve(file: file, provenance("again"), together: true)
    try store.preserve(bytes: Data("x".utf8), provenance("bytes"))
    #expect(
      try EvidenceStore(workspace: folder.path).entries.suffix(2).map(\.provenance.name)
        == ["again", "bytes"])
  }

  @Test func whatCannotSettleIsNotPreserved() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    try store.preserve(bytes: Data("1".utf8), provenance("1"))
    let before = (store.entries, store.head)
    let file = "\(folder.path)/2.csv"
    try "2".write(toFile: file, atomically: true, encoding: .utf8)
    try store.preserve(file: file, provenance("2.csv"), together: true)
    // The ledger cannot be written: a folder stands in its place.
    let aside = folder.ledger + ".aside"
    try FileManager.default.moveItem(atPath: folder.ledger, toPath: aside)
    try FileManager.default.createDirectory(
      atPath: folder.ledger, withIntermediateDirectories: false)
    #expect(throws: Refusal.self) { try store.settle() }
    #expect(store.entries == before.0 && store.head == before.1)
    try FileManager.default.removeItem(atPath: folder.ledger)
    try FileManager.default.moveItem(atPath: aside, toPath: folder.ledger)
    try store.preserve(file: file, provenance("2.csv"), together: true)
    try store.settle()
    #expect(try EvidenceStore(workspace: folder.path).entries == store.entries)
    #expect(store.entries.map(\.sequence) == [1, 2])
  }

  @Test func aMissingFileIsNoInputAndAFolderIsNone() throws {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    for path in [folder.path + "/nothing", folder.path] {
      do {
        try store.preserve(file: path, provenance("x"))
        Issue.record("\(path) was preserved")
      } catch let refusal as Refusal {
        #expect(refusal.status == .noInput)
      }
    }
    #expect(store.entries.isEmpty)
  }

  @Test func aSecondVouchIsToldThatTheWorkspaceIsBusy() throws {
    let folder = try Folder()
    let lock = try WorkspaceLock(workspace: folder.path)
    do {
      _ = try WorkspaceLock(workspace: folder.path)
      Issue.record("two locks")
    } catch let refusal as Refusal {
      #expect(refusal.status == .busy)
    }
    withExtendedLifetime(lock) {}
  }
}
