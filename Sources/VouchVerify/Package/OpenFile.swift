import Foundation
import VouchModel

/// A file that is open for reading, closed with its last use. Safe to share: it has no position.
final class OpenFile: Sendable {
  private let descriptor: Int32
  let size: Int

  /// Opens a regular file. A link in the last place is refused unless `following`.
  ///
  /// `O_NONBLOCK` keeps a named pipe from holding the program up.
  init(_ path: String, following: Bool = false) throws(ReadFault) {
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (following ? 0 : O_NOFOLLOW)
    descriptor = open(path, flags)
    if descriptor < 0 { throw ReadFault(id: "unreadable", text: systemError()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ReadFault(id: "unreadable", text: "is no regular file")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads at an offset, as much as fits or is left.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ReadFault) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled,
        off_t(offset + filled))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw ReadFault(id: "unreadable", text: systemError()) }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// `count` bytes at an offset; fewer at the end of the file.
  func bytes(at offset: Int, count: Int) throws(ReadFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var fault: ReadFault?
    let filled = bytes.withUnsafeMutableBytes { buffer in
      do throws(ReadFault) { return try read(into: buffer, at: offset) } catch {
        fault = error
        return 0
      }
    }
    if let fault { throw fault }
    bytes.removeSubrange(filled...)
    return bytes
  }
}

/// What the operating system says about the call that has just failed.
func systemError() -> String { String(cString: strerror(errno)) }

/// A plain file from its beginning to its end.
final class FileStream: ByteStream {
  private let file: OpenFile
  private var offset = 0
  var fault: ReadFault? { nil }

  init(_ file: OpenFile) {
    self.file = file
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try file.read(into: buffer, at: offset)
    offset += count
    return count
  }
}
