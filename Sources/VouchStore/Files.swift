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

  /// Makes a folder and those above it, for the owner only.
  static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o700) == 0 { return }
    if errno == ENOENT {
      let parent = (path as NSString).deletingLastPathComponent
      if !parent.isEmpty, parent != path {
        try makeFolder(parent)
        if mkdir(path, 0o700) == 0 { return }
      }
    }
    let code = errno
    var status = stat()
    if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    errno = code
    throw failure("the folder cannot be made", path)
  }

  /// The bytes of a file; nil when there is none. One that is there and cannot be read is no
  /// empty one.
  static func contents(_ path: String) throws -> Data? {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    if fd < 0 {
      if errno == ENOENT { return nil }
      throw failure("the file cannot be read", path)
    }
    defer { close(fd) }
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let n = read(fd, &buffer, buffer.count)
      if n < 0 {
        if errno == EINTR { continue }
        throw failure("the file cannot be read", path)
      }
      if n == 0 { return data }
      data.append(contentsOf: buffer[..<n])
    }
  }

  /// Whether a file has the bytes of a digest.
  static func holds(_ path: String, _ digest: Digest) -> Bool {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    if fd < 0 { return false }
    defer { close(fd) }
    var hash = SHA256()
    let size = 1 << 18
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let n = read(fd, buffer, size)
      if n < 0, errno == EINTR { continue }
      if n < 0 { return false }
      if n == 0 { break }
      hash.update(UnsafeRawBufferPointer(start: buffer, count: n))
    }
    return hash.finish() == digest
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
