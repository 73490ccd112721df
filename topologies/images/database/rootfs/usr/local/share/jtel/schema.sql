-- What the image brings: the schema, and no account but root's on the local socket.
USE mysql;
DELETE FROM global_priv WHERE User NOT IN ('root', 'mariadb.sys') OR Host <> 'localhost';
DELETE FROM proxies_priv;
CREATE DATABASE jtel CHARACTER SET utf8mb4;
USE jtel;
CREATE TABLE sessions (
    id CHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    user VARCHAR(255) NOT NULL,
    server VARCHAR(64) NOT NULL COMMENT 'the web server that took the login',
    opened_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB;
CREATE TABLE calls (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    caller VARCHAR(64) NOT NULL,
    server VARCHAR(64) NOT NULL COMMENT 'the server that wrote the record',
    ended_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB;
CREATE TABLE marks (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    client VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'the probe that left the mark',
    sequence BIGINT NOT NULL,
    server VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'the database server that executed the insert',
    written_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY client_sequence (client, sequence) COMMENT 'not unique: what was written twice is to show'
) ENGINE = InnoDB;
CREATE TABLE heartbeat (
    server VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY COMMENT 'the master that wrote it',
    beaten_at TIMESTAMP(6) NOT NULL
) ENGINE = InnoDB;
