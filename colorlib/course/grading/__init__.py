"""Grade a folder of notebooks: `python -m colorlib grade SUBMISSIONS --assignment ps3`.

Needs the extra `grade` (`pip install "colorlib[grade]"`) and Linux 6.2 or newer; students need
neither.

    assignment.py   a problem set: its cells, its tests, which names a test asks for
    intake.py       what was handed in: laid out for grading, or refused with a reason
    sandbox.py      locks a process in: files, system calls, memory
    nursery.py      a process with torch loaded, from which all others are forked
    late.py         how late something is, and what that costs
    people.py       whose work a file is: platforms' names, a roster, groups
    inside.py       what runs in a forked process: the answers in one, the tests in another
    messages.py     what passes between the two, as bytes
    exchange.py     as values: nothing is believed but plain numbers and texts
    peer.py         as calls
    outputs.py      what a cell prints and shows
    session.py      one notebook: the two processes, and the clock
    gradebook.py    nbgrader: course folder, restored tests, gradebook
    marks.py        points and comments that people type into CSV files
    platforms.py    what Canvas and Moodle take back
    own_work.py     what looks as if it were not a student's own work
    results.py      grades.csv and the numbers of a round
    pages.py        a feedback page a student, the teacher's summary
    rounds.py       all of it, for a folder

**What a submission cannot do.**  Tests run in a process of their own, with colorlib, NumPy and
torch as installed; a test calls the student's functions across a socket and gets plain values back.
So patching the kit's checks, NumPy, torch, assert or IPython changes nothing but the student's own
process, and neither hidden tests nor the checks' right answers are on a disk that it can read, or
in its memory: there `checks` is a stand-in.  Its own modules shadow nothing.  It cannot start
programs, reach a network, or write outside a folder that is deleted afterwards.

**What this does not stop.**
- An answer sees the inputs that a hidden test hands it (not the test, nor what it expects), and
  could print them into the student's own feedback by way of a later answer's error.
- An answer may change its arguments in place, as everywhere in Python: a test should work out what
  it expects before it calls, or from copies.
- An answer may call the library's own function, or know the right numbers by heart.  The grader
  measures what a function returns, not how: look at what the column "own work" names.
- A fault in the kernel, in Landlock or in seccomp; what Python, its packages and /usr hold can be
  read.
- Wasted time: an endless loop costs its limit in seconds, on one core.
- Honest code that starts processes (DataLoader with workers, `!pip`, subprocess) fails here.  Tests
  that train a student's module step by step do not work across the socket: let the student's
  function do the training.
"""
