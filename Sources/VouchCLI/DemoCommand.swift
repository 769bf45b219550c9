import ArgumentParser
import Vouch
import VouchModel

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Write a made-up company, for trying and measuring.",
    discussion: """
      The same arguments write the same bytes on any machine.

      Example:
        vouch demo --hosts 200 /tmp/company && vouch check --workspace /tmp/company
      """)
  @Option(name: .long, help: "Number of hosts.")
  var hosts = 42
  @Argument(help: "The folder to write.")
  var dir: String

  func run() throws {
    let count = try Workspace.demo(dir, hosts: hosts)
    Terminal.error("wrote \(count) exports and collected them in \(dir)")
  }
}
