import CZlib

/// Unpacks one member of a zip, and compares size and checksum at its end.
///
/// Never gives more than the declared number of bytes, so a bomb costs what it admits to.
final class ZipStream: ByteStream {
  private(set) var fault: ReadFault?
  private let file: OpenFile
  private let member: ZipMember
  /// Where zlib keeps its state; it must not move. Nil for stored members.
  private let stream: UnsafeMutablePointer<z_stream>?
  private let input: UnsafeMutableRawBufferPointer
  /// Packed bytes read so far, unpacked bytes given so far, checksum of these.
  private var taken = 0
  private var given = 0
  private var crc: UInt = 0
  private var isFinished = false

  private static let inputSize = 1 << 18

  init(_ file: OpenFile, _ member: ZipMember) throws {
    self.file = file
    self.member = member
    input = .allocate(
      byteCount: member.method == .stored ? 1 : Self.inputSize, alignment: 16)
    guard member.method == .deflated else {
      stream = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    self.stream = stream
    // Negative: deflate without zlib's own frame.
    guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ReadFault(id: "deflate", text: "cannot be unpacked") }
  }

  deinit {
    if let stream {
      inflateEnd(stream)
      stream.deallocate()
    }
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if isFinished || buffer.isEmpty { return 0 }
    let count = try member.method == .stored ? copy(into: buffer) : unpack(into: buffer)
    crc = UInt(crc32_z(crc, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count))
    given += count
    if isFinished || count == 0 { finish() }
    return count
  }

  private func copy(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(buffer.count, member.size - given)
    let read = try file.read(
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: member.data + given)
    if read < count { throw ReadFault(id: "size", text: "the zip ends inside it") }
    return count
  }

  private func unpack(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    // One byte more than is left shows a member that is longer than declared.
    let room = min(buffer.count, member.size - given)
    var spill: UInt8 = 0
    return try withUnsafeMutablePointer(to: &spill) { spill in
      let target =
        room == 0
        ? UnsafeMutableBufferPointer(start: spill, count: 1)
        : UnsafeMutableBufferPointer(
          start: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count: room)
      let count = try inflate(into: target)
      if room == 0 && count > 0 {
        throw ReadFault(
          id: "size", text: "unpacks to more bytes than declared",
          expected: String(member.size), actual: "more")
      }
      return count
    }
  }

  /// Fills the target, or ends with the deflate stream.
  private func inflate(into target: UnsafeMutableBufferPointer<UInt8>) throws -> Int {
    guard let stream else { return 0 }
    let goal = UInt32(clamping: target.count)
    stream.pointee.next_out = target.baseAddress
    stream.pointee.avail_out = goal
    while stream.pointee.avail_out > 0 {
      if stream.pointee.avail_in == 0 { try refill(stream) }
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      if status == Z_STREAM_END {
        isFinished = true
        break
      }
      if status != Z_OK {
        throw ReadFault(id: "deflate", text: "its packed bytes are damaged or cut off")
      }
    }
    return Int(goal - stream.pointee.avail_out)
  }

  private func refill(_ stream: UnsafeMutablePointer<z_stream>) throws {
    let count = min(input.count, member.packed - taken)
    guard count > 0 else { return }
    let read = try file.read(
      into: UnsafeMutableRawBufferPointer(rebasing: input[..<count]), at: member.data + taken)
    if read < count { throw ReadFault(id: "size", text: "the zip ends inside it") }
    taken += count
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
  }

  private func finish() {
    isFinished = true
    let unread = member.packed - taken + Int(stream?.pointee.avail_in ?? 0)
    if given != member.size {
      fault = ReadFault(
        id: "size", text: "unpacks to another size than declared",
        expected: String(member.size), actual: String(given))
    } else if member.method == .deflated && unread > 0 {
      fault = ReadFault(id: "deflate", text: "\(unread) bytes stand behind its packed bytes")
    } else if UInt32(truncatingIfNeeded: crc) != member.crc {
      fault = ReadFault(
        id: "crc", text: "has another checksum than the zip says",
        expected: hexadecimal(member.crc), actual: hexadecimal(UInt32(truncatingIfNeeded: crc)))
    }
  }
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
