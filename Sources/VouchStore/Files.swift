import Foundation
import VouchModel

/// File operations that say what went wrong and survive a crash.
enum Files {
  static func failure(_ what: String, _ path: String) -> Refusal {
    let reason = String(cString: strerror(errno))
    return Refusal(
      .io,
      Diagnostic(
        "store.io", .error, at: path, "\(what): \(reason)",
        why: "evidence that is not safely on disk is not preserved",
        fix: errno == ENOSPC
          ? "make room on the disk and run the command again; nothing is lost"
          : "check the folder's permissions and run the command again"))
  }

  static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw failure("the folder cannot be made", path)
    }
  }

  /// Makes the entries of a folder durable (fsync of the directory).
  static func sync(folder: String) throws {
    let fd = open(folder, O_RDONLY | O_DIRECTORY)
    guard fd >= 0 else { throw failure("the folder cannot be opened", folder) }
    defer { close(fd) }
    guard fsync(fd) == 0 else { throw failure("the folder cannot be synchronised", folder) }
  }

  static func writeAll(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws {
    var at = 0
    while at < bytes.count {
      let n = write(fd, bytes.baseAddress?.advanced(by: at), bytes.count - at)
      if n < 0 {
        if errno == EINTR { continue }
        throw failure("writing failed", path)
      }
      at += n
    }
  }
}

/// Holds the workspace, so that two `vouch` never write to it at once.
public final class WorkspaceLock {
  private let descriptor: Int32

  /// Takes the lock `.vouch/lock`; throws ``Refusal`` with status 75 when another process has it.
  public init(workspace: String) throws {
    let folder = workspace + "/.vouch"
    try Files.makeFolder(folder)
    let path = folder + "/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Files.failure("the lock cannot be opened", path) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      close(descriptor)
      throw Refusal(
        .busy,
        Diagnostic(
          "store.busy", .error, at: path, "another vouch is working in this workspace",
          why: "two of them would write to the same custody ledger",
          fix: "wait until it has ended and run the command again"))
    }
  }

  deinit { close(descriptor) }
}
