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
  @Option(
    name: .long,
    help: ArgumentHelp("Write one .nessus file of about this size instead.", valueName: "megabytes")
  )
  var nessus: Int?
  @Flag(name: .long, help: "Read the file as evidence and count what is in it, for measuring.")
  var read = false
  @Argument(help: "The folder, or the file, to write.")
  var dir: String

  func run() throws {
    if let nessus {
      try Workspace.writeNessus(dir, megabytes: nessus)
      return
    }
    if read {
      Terminal.out(try Workspace.count(dir))
      return
    }
    let count = try Workspace.demo(dir, hosts: hosts)
    Terminal.error("wrote \(count) exports and collected them in \(dir)")
  }
}
