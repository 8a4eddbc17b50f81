//! A program that takes its sockets as many Rust programs do, with the crate listenfd, and knows nothing of portlease: it answers
//! one connection on the first with its process id, and ends.

use std::io::Write;

use listenfd::ListenFd;

const EXIT_NOTHING: i32 = 3;

fn main() -> std::io::Result<()> {
    let mut passed = ListenFd::from_env();
    let listener = match passed.take_tcp_listener(0)? {
        Some(listener) => listener,
        None => {
            println!("nothing");
            std::process::exit(EXIT_NOTHING);
        }
    };
    println!("tcp {}", listener.local_addr()?.port());
    println!("serving");
    let (mut connection, _) = listener.accept()?;
    write!(connection, "{}", std::process::id())
}
