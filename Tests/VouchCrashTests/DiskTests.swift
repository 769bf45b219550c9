import Foundation
import Testing
import VouchModel

/// What a machine does to a program: no room, no permission, a wrong clock, another process. Each
/// is a message with an id and the exit status of the contract, and the data stay whole.
@Suite struct DiskTests {
  @Test func aFullDiskIsAMessageAndAnIntactWorkspace() throws {
    let workspace = try CrashWorkspace()
    guard Program.faults != nil else { return }
    // Far enough in to have preserved something, and not all.
    let environment = try Fault.full.environment(at: 40, below: workspace.path)
    let full = try workspace.vouch(["collect"], environment: environment)
    #expect(full.status == 74)
    #expect(full.errors.contains("No space left on device [store.io]"), "\(full.errors)")
    #expect(full.errors.contains("make room on the disk"))
    #expect(workspace.faultsOfEvidence() == [])
    #expect(try workspace.vouch(["collect"]).status == 1)
    #expect(workspace.preserved == 6)
  }

  /// A disk that is really full, where this test may make one.
  @Test func aSmallFileSystemThatRunsFullLosesNothing() throws {
    let workspace = try CrashWorkspace()
    let disk = (workspace.path as NSString).deletingLastPathComponent + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let mounted = try Program.run(
      "/usr/bin/env", ["mount", "-t", "tmpfs", "-o", "size=2m", "vouch-test", disk])
    guard mounted.status == 0 else {
      print("skipped: no file system can be mounted here")
      return
    }
    defer { _ = try? Program.run("/usr/bin/env", ["umount", "-l", disk]) }
    try workspace.move("evidence", to: disk)
    let full = try workspace.vouch(["collect"])
    #expect(full.status == 74, "\(full.errors)")
    #expect(full.errors.contains("No space left on device"))
    #expect(workspace.faultsOfEvidence() == [])
    #expect(workspace.preserved > 0)
    unlink(workspace.path + "/inbox/large.bin")
    let next = try workspace.vouch(["collect"])
    #expect(next.status == 1, "the archive is no table: \(next.errors)")
    #expect(workspace.faultsOfEvidence() == [])
    #expect(workspace.preserved == 5)
  }

  @Test func evidenceOnAnotherDeviceGivesTheSamePackage() throws {
    let shared = "/dev/shm/vouch-\(UUID().uuidString)"
    guard mkdir(shared, 0o700) == 0 else {
      print("skipped: there is no /dev/shm")
      return
    }
    defer { try? FileManager.default.removeItem(atPath: shared) }
    let here = try CrashWorkspace()
    let there = try CrashWorkspace()
    try there.move("evidence", to: shared)
    for workspace in [here, there] {
      #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
      #expect(workspace.faultsOfEvidence() == [])
    }
    #expect(here.ledger == there.ledger)
    #expect(try there.vouch(["bundle", "--output", shared + "/out"]).status == 1)
  }

  @Test(arguments: [["collect"], ["check"], ["bundle"]])
  func aFolderNobodyMayWriteToIsAMessage(command: [String]) throws {
    let workspace = try CrashWorkspace()
    guard let result = try workspace.asNobody(command) else { return }
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("Permission denied"), "\(result.errors)")
    #expect(result.errors.contains("permission"))
    #expect(result.errors.contains(/\[[a-z]+\.[a-z-]+\]/))
  }

  /// Only where packages go is closed: nothing half made, and the evidence is not touched.
  @Test func anOutputFolderNobodyMayWriteToIsNamed() throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    let ledger = workspace.ledger
    try workspace.giveToNobody()
    try workspace.close("output")
    guard let result = try workspace.asNobody(["bundle", "--quiet"]) else { return }
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("Permission denied"), "\(result.errors)")
    #expect(result.errors.contains("/output"), "\(result.errors)")
    #expect(workspace.files(below: "output") == [:])
    #expect(workspace.ledger == ledger)
    #expect(workspace.faultsOfEvidence() == [])
    chown(workspace.path + "/output", 65534, 65534)
    #expect(try workspace.asNobody(["bundle", "--quiet"])?.status == 1)
  }

  /// What is preserved can be judged by an account that may only read it; collecting is refused.
  @Test func anEvidenceFolderNobodyMayWriteToCanStillBeJudged() throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    let before = workspace.files(below: "evidence")
    let verdicts = try workspace.vouch(["check", "--format", "json"]).output
    try workspace.giveToNobody()
    for folder in ["evidence", "evidence/objects", "evidence/incoming"] {
      try workspace.close(folder)
    }
    for name in try FileManager.default.subpathsOfDirectory(
      atPath: workspace.path + "/evidence/objects")
    {
      chown("\(workspace.path)/evidence/objects/\(name)", 0, 0)
      chmod("\(workspace.path)/evidence/objects/\(name)", 0o755)
    }
    let ledger = workspace.path + "/evidence/ledger.jsonl"
    chown(ledger, 0, 0)
    chmod(ledger, 0o644)
    guard let check = try workspace.asNobody(["check", "--format", "json"]) else { return }
    #expect(check.status == 1, "\(check.errors)")
    #expect(check.output == verdicts)
    try "id,system,status\nu9,okta,active\n".write(
      toFile: workspace.path + "/evidence/inbox/late.csv", atomically: false, encoding: .utf8)
    let collect = try #require(try workspace.asNobody(["collect", "--quiet"]))
    #expect(collect.status == 74, "\(collect.errors)")
    #expect(collect.errors.contains("Permission denied"), "\(collect.errors)")
    #expect(collect.errors.contains("evidence/"), "\(collect.errors)")
    unlink(workspace.path + "/evidence/inbox/late.csv")
    #expect(workspace.files(below: "evidence") == before)
  }

  /// A file system that was mounted to be read only binds root too.
  @Test(arguments: ["output", "evidence"])
  func aFileSystemThatIsReadOnlyIsAMessage(folder: String) throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    let place = "\(workspace.path)/\(folder)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let bound = try Program.run("/usr/bin/env", ["mount", "--bind", place, place])
    guard bound.status == 0 else {
      print("skipped: nothing can be mounted here")
      return
    }
    defer { _ = try? Program.run("/usr/bin/env", ["umount", "-l", place]) }
    try #require(
      try Program.run("/usr/bin/env", ["mount", "-o", "remount,bind,ro", place]).status == 0)
    let ledger = workspace.ledger
    let command = folder == "output" ? "bundle" : "collect"
    let result = try workspace.vouch([command, "--quiet"])
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("Read-only file system"), "\(result.errors)")
    #expect(result.errors.contains("/\(folder)"), "\(result.errors)")
    #expect(workspace.ledger == ledger)
    #expect(workspace.faultsOfEvidence() == [])
    #expect(try workspace.vouch(["check", "--format", "json"]).status == 1)
  }

  @Test func aFileNobodyMayReadCostsItself() throws {
    let workspace = try CrashWorkspace()
    chmod("\(workspace.path)/evidence/inbox/accounts-2026-07-02.csv", 0)
    try workspace.giveToNobody()
    guard let result = try workspace.asNobody(["collect"]) else { return }
    #expect(result.status == 1)
    #expect(result.errors.contains("Permission denied [store.unreadable]"), "\(result.errors)")
    #expect(workspace.preserved == 5)
    #expect(workspace.faultsOfEvidence() == [])
  }

  /// An account that cannot read the ledger must not take it for an empty one.
  @Test func aLedgerNobodyMayReadIsNotAnEmptyOne() throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    try workspace.giveToNobody()
    let ledger = workspace.path + "/evidence/ledger.jsonl"
    chown(ledger, 0, 0)
    chmod(ledger, 0)
    guard let result = try workspace.asNobody(["check"]) else { return }
    #expect(result.status == 74, "\(result.output)")
    #expect(result.errors.contains("ledger.jsonl"), "\(result.errors)")
  }

  @Test func aClockThatGoesBackKeepsTheOrderOfTheLedger() throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    try "id,system,status\nu9,okta,active\n".write(
      toFile: workspace.path + "/evidence/inbox/late.csv", atomically: false, encoding: .utf8)
    let back = try workspace.vouch(
      ["collect"], environment: ["VOUCH_NOW": "2026-01-01T00:00:00Z"])
    #expect(back.status == 0, "\(back.errors)")
    #expect(workspace.faultsOfEvidence() == [])
    let times = try workspace.ledger.split(separator: 0x0A).map {
      try JSON.parse($0)["collected_at"].string ?? ""
    }
    #expect(times.count == 7 && times == times.sorted())
    let last = try JSON.parse(try #require(workspace.ledger.split(separator: 0x0A).last))
    #expect(last.at("parameters", "clock").string == "2026-01-01T00:00:00Z")
  }

  @Test func aSecondVouchIsToldToWait() throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    let lock = open(workspace.path + "/.vouch/lock", O_RDWR | O_CLOEXEC)
    defer { close(lock) }
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    for command in ["collect", "check", "bundle"] {
      let second = try workspace.vouch([command])
      #expect(second.status == 75)
      #expect(second.errors.contains("[store.busy]"), "\(second.errors)")
    }
  }

  @Test func recordsThatAreDamagedAreMadeAgain() throws {
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect", "--quiet"]).status == 1)
    let before = try workspace.vouch(["check", "--format", "json"]).output
    try Data("this is no database".utf8).write(
      to: URL(fileURLWithPath: workspace.path + "/.vouch/records.sqlite"))
    let after = try workspace.vouch(["check", "--format", "json"])
    #expect(after.status == 1, "\(after.errors)")
    #expect(after.output == before)
  }
}

extension CrashWorkspace {
  /// How many entries of the ledger say that something was preserved.
  var preserved: Int {
    String(decoding: ledger, as: UTF8.self).components(separatedBy: "\"kind\":\"preserved\"").count
      - 1
  }

  /// Puts a folder of the workspace elsewhere, a symbolic link in its place. The inbox stays, as
  /// `inbox/`.
  func move(_ folder: String, to place: String) throws {
    try FileManager.default.moveItem(atPath: "\(path)/evidence/inbox", toPath: "\(path)/inbox")
    try FileManager.default.removeItem(atPath: "\(path)/\(folder)")
    try FileManager.default.createDirectory(
      atPath: "\(place)/\(folder)", withIntermediateDirectories: true)
    symlink("\(place)/\(folder)", "\(path)/\(folder)")
    symlink("\(path)/inbox", "\(place)/\(folder)/inbox")
  }

  /// Makes a folder root's, for others to read only.
  func close(_ folder: String) throws {
    let place = "\(path)/\(folder)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    chown(place, 0, 0)
    chmod(place, 0o755)
  }

  func giveToNobody() throws {
    let given = try Program.run("/usr/bin/env", ["chown", "-R", "65534:65534", path])
    if given.status != 0 { print("skipped: only root gives files away") }
    chown("\(path)/evidence/inbox/accounts-2026-07-02.csv", 0, 0)
  }

  /// Runs the program as an account without rights; nil, with a word, where that cannot be done.
  func asNobody(_ arguments: [String]) throws -> Program.Result? {
    let program = try #require(Program.path)
    chmod((path as NSString).deletingLastPathComponent, 0o755)
    chmod(path, 0o755)
    let environment = Program.fixed.merging(["HOME": "/nonexistent"]) { $1 }
    let unprivileged = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    let probe = try? Program.run(
      "/usr/bin/env", ["setpriv"] + unprivileged + [program, "--version"])
    guard probe?.status == 0 else {
      print("skipped: no other account can run \(program)")
      return nil
    }
    return try Program.run(
      "/usr/bin/env", ["setpriv"] + unprivileged + [program] + arguments, in: path,
      environment: environment)
  }
}
