"""The glass: measure (probes) -> store (runlog) -> show (views).

`probes` builds the measurements inside the compiled step, `watch` collects them, `runlog` keeps
them in plain files, and the views read nothing but `runlog`.
"""
