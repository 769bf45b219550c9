import CLinux
import Foundation

/// A program that was started, with what it prints.
///
/// Foundation's `Process` waits for whatever the program leaves running in the background, such as
/// the connection that `ssh` shares; this waits for the program.
final class ChildProcess {
  enum End: Equatable { case exit(Int32), signal(Int32), timedOut, tooLong }

  private let pid: pid_t
  private var pipes: [Int32]
  private(set) var output: [UInt8] = []
  private(set) var errors: [UInt8] = []

  /// How long pipes that somebody else still holds are read after the program has ended.
  private static let graceSeconds = 1.0
  private static let errorLimit = 1 << 20

  /// Nil when the program cannot be started.
  ///
  /// - Parameter environment: `NAME=value`; nothing else is passed on.
  init?(_ path: String, _ arguments: [String], environment: [String]) {
    var out: [Int32] = [-1, -1]
    var err: [Int32] = [-1, -1]
    guard pipe2(&out, O_CLOEXEC) == 0 else { return nil }
    guard pipe2(&err, O_CLOEXEC) == 0 else {
      out.forEach { close($0) }
      return nil
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, out[1], 1)
    posix_spawn_file_actions_adddup2(&actions, err[1], 2)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Threads of this program may have signals blocked; the child has to hear them.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var child: pid_t = 0
    let status = posix_spawn(&child, path, &actions, &attributes, &words, &variables)
    close(out[1])
    close(err[1])
    pid = child
    pipes = [out[0], err[0]]
    if status != 0 { return nil }
  }

  deinit { for fd in pipes where fd >= 0 { close(fd) } }

  /// Reads what the program prints until it has ended; ends it when it takes too long.
  func finish(within seconds: Int, outputLimit: Int) -> End {
    let start = Self.now
    var status: Int32 = 0
    var endedAt: Double?
    var cause: End?
    while true {
      read(waiting: endedAt == nil ? 100 : 20)
      if cause == nil, output.count > outputLimit { cause = .tooLong }
      if cause == nil, endedAt == nil, Self.now - start >= Double(seconds) { cause = .timedOut }
      if endedAt == nil {
        if cause != nil { kill(pid, SIGKILL) }
        let isOver = waitpid(pid, &status, cause == nil ? WNOHANG : 0) == pid
        if isOver { endedAt = Self.now }
      }
      guard let endedAt else { continue }
      let isDrained = pipes.allSatisfy { $0 < 0 }
      if isDrained || cause != nil || Self.now - endedAt > Self.graceSeconds { break }
    }
    if let cause { return cause }
    return status & 0x7F == 0 ? .exit((status >> 8) & 0xFF) : .signal(status & 0x7F)
  }

  private func read(waiting milliseconds: Int32) {
    var polled = pipes.filter { $0 >= 0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    if polled.isEmpty {
      usleep(2_000)
      return
    }
    guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return }
    for ready in polled where ready.revents != 0 {
      let isOutput = ready.fd == pipes[0]
      let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
        let count = Foundation.read(ready.fd, buffer.baseAddress, buffer.count)
        if count > 0 {
          let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
          if isOutput {
            output.append(contentsOf: bytes)
          } else if errors.count < Self.errorLimit {
            errors.append(contentsOf: bytes)
          }
        }
        return count
      }
      if count > 0 || (count < 0 && errno == EINTR) { continue }
      close(ready.fd)
      pipes[isOutput ? 0 : 1] = -1
    }
  }

  /// Seconds of a clock that nobody sets.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
