import Foundation

/// Answers RFC 3161 queries over HTTP on the loopback, and misbehaves when told so.
public final class StampServer: Sendable {
  public let url: String
  private let listener: Int32

  /// - Parameter mood: `refuses`, `nonsense`, `other` (a stamp of other bytes), `rejects`.
  public init(_ authority: StampingAuthority, mood: String = "") throws {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(fd, raw, length) == 0 && listen(fd, 16) == 0 && getsockname(fd, raw, &length) == 0
      }
    }
    if !isBound { throw StampingAuthority.Failure(description: "no port to listen on") }
    listener = fd
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/tsr"
    Thread.detachNewThread {
      while case let client = accept(fd, nil, nil), client >= 0 {
        Self.serve(client, authority, mood)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func serve(_ client: Int32, _ authority: StampingAuthority, _ mood: String) {
    defer { close(client) }
    guard let query = body(of: client) else { return }
    var head = "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"
    var reply = Data()
    switch mood {
    case "refuses": head = "HTTP/1.1 503 Busy\r\n"
    case "nonsense": reply = Data("<html>noon</html>".utf8)
    default: reply = (try? authority.reply(to: query, mood: mood)) ?? Data()
    }
    let bytes =
      Array("\(head)Content-Length: \(reply.count)\r\nConnection: close\r\n\r\n".utf8) + reply
    _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// The body of a POST of a time-stamp query; nil for anything else.
  private static func body(of client: Int32) -> Data? {
    var request = Data()
    var buffer = [UInt8](repeating: 0, count: 4096)
    let end = Data("\r\n\r\n".utf8)
    while true {
      if let head = request.range(of: end) {
        let text = String(decoding: request[..<head.lowerBound], as: UTF8.self).lowercased()
        guard text.hasPrefix("post "), text.contains("content-type: application/timestamp-query"),
          let field = text.split(separator: "\r\n").first(where: {
            $0.hasPrefix("content-length:")
          }), let length = Int(field.dropFirst(15).trimmingCharacters(in: .whitespaces))
        else { return nil }
        if request.count - head.upperBound >= length {
          return request[head.upperBound..<head.upperBound + length]
        }
      }
      let n = recv(client, &buffer, buffer.count, 0)
      if n <= 0 { return nil }
      request.append(contentsOf: buffer[..<n])
    }
  }
}
