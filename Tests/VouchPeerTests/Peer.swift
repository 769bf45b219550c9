import Foundation
import Testing
import Vouch
import VouchModel

/// A program of somebody else, of which a test collects.
enum Peer {
  /// Where the program is; nil, and a line that says what was skipped, when it is not installed.
  static func find(_ name: String, package: String) -> String? {
    if let path = path(name) { return path }
    print("skipped: \(name) is not installed (\(package))")
    return nil
  }

  static func path(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return (folders.map(String.init) + ["/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a line of shell and gives what it prints; throws when it fails.
  @discardableResult
  static func shell(
    _ line: String, in folder: String, _ environment: [String: String] = [:]
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "{ \(line); } 2>&1"]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let out = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Failed(description: "'\(line)' failed: \(out)") }
    return out
  }

  /// A port that nobody listens on now.
  static func freePort() throws -> Int {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(fd) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(fd, raw, length) == 0 && getsockname(fd, raw, &length) == 0
      }
    }
    try #require(bound)
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Whether programs can run in a network and file systems of their own: `unshare -rnm`.
  static func hasOwnNetwork() -> Bool {
    if (try? shell("unshare -rnm true", in: "/")) != nil { return true }
    print("skipped: namespaces cannot be made here")
    return false
  }

  static var isRoot: Bool { getuid() == 0 }
}

/// A program that runs as long as the test needs it.
final class Daemon {
  private let process = Process()

  init(
    _ program: String, _ arguments: [String], in folder: String,
    environment: [String: String] = [:]
  ) throws {
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  // Not terminate(): a child that was started on a thread with blocked signals does not hear it.
  deinit { kill(process.processIdentifier, SIGKILL) }

  /// Waits until an address answers with 200; throws after a while.
  func answers(_ url: String) throws { try isReady("curl -fs -m 2 -o /dev/null \(url)") }

  /// Waits until a line of shell succeeds.
  func isReady(_ line: String, seconds: Int = 20) throws {
    for _ in 0..<(seconds * 5) {
      if !process.isRunning { break }
      if (try? Peer.shell(line, in: "/")) != nil { return }
      Thread.sleep(forTimeInterval: 0.2)
    }
    throw Peer.Failed(description: "\(process.executableURL?.path ?? "") does not answer")
  }
}

/// A workspace with one source.
final class PeerWorkspace {
  let path = FileManager.default.temporaryDirectory.appending(
    path: "vouch-peer-\(UUID().uuidString)"
  ).path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  /// Collects the source `peer`, nothing of before kept, and gives the ids of its problems, and what failed.
  @discardableResult
  func collect(_ entry: String) throws -> [String] {
    for name in ["evidence", ".vouch"] {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    try write(
      "vouch.yaml",
      """
      organization: {name: Acme}
      system: {name: Shop}
      zone: UTC
      period: 2026-07-01..2036-07-01
      sources:
        peer:
      \(entry.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))

      """)
    let outcome = try #require(
      try Workspace(path: path).collect(
        [], now: { Instant(seconds: Int64(Date().timeIntervalSince1970)) }, operator: "p-001",
        host: "web-01"
      ).first)
    return outcome.failures
      + outcome.diagnostics.filter { $0.severity != .note }
      .map { "\($0.severity.rawValue) \($0.id)" }
  }

  /// Rows of a query over the records, their cells joined by `|`.
  func rows(_ sql: String) throws -> [String] {
    let workspace = try Workspace(path: path)
    var rows: [String] = []
    try workspace.query(
      sql, period: workspace.configuration.period, asOf: nil, columns: { _ in },
      row: { rows.append($0.map { $0 ?? "NULL" }.joined(separator: "|")) })
    return rows
  }
}
